#include "modules/catalog/collections.hpp"

#include <array>

namespace perennial::catalog {
namespace {

constexpr std::array<std::string_view, 2> type_names{"STATIC", "AUTO_UPDATE"};
constexpr std::array<std::string_view, 2> object_names{"product", "sku"};
constexpr std::size_t members_max = 1000;

Collection::Member member_from(const json::object& member) {
    Collection::Member out;
    const std::string_view id(member.at("id").as_string());
    if (member.at("object").as_string() == "sku") {
        out.sku = *SkuId::parse(id);
        out.product = *ProductId::parse(std::string_view(member.at("product_id").as_string()));
    } else {
        out.product = *ProductId::parse(id);
    }
    return out;
}

Collection compile_one(const projects::Definition& definition) {
    Collection out;
    out.id = CollectionId(definition.id);
    out.name = definition.name;
    if (definition.doc.at("type").as_string() == type_names[1]) {
        out.type = CollectionType::auto_update;
        Issues issues;
        const json::value filter = definition.doc.at("filter");
        JsonReader reader(filter, issues);
        out.filter = read_filter(reader);
        // Written by a version that knew other fields: contains nothing rather than everything.
        if (!issues.empty()) out.filter = Filter{.any = true, .fields = {}};
        return out;
    }
    for (const json::value& member : definition.doc.at("products").as_array()) {
        out.members.push_back(member_from(member.as_object()));
        const Collection::Member& one = out.members.back();
        out.member_ids.insert(one.sku.is_nil() ? RawId(one.product) : RawId(one.sku));
    }
    return out;
}

std::vector<CollectionChange::Member> read_members(JsonReader& body, const json::array& sent) {
    std::vector<CollectionChange::Member> out;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        JsonReader member = body.item("products", i);
        member.require("id");
        CollectionChange::Member one;
        one.id = member.text("id", 255).value_or("");
        const auto object = member.choice("object", object_names);
        const bool looks_like_sku = SkuId::parse(one.id).has_value() || member.has("product_id");
        one.object = object ? object_names[*object] : object_names[looks_like_sku ? 1 : 0];
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

Candidate candidate_of(const Product* product, const Sku* sku) {
    Candidate out;
    if (sku != nullptr) {
        out.sku = sku->id;
        out.product = sku->product;
        out.sku_facts = facts_of(*sku);
    }
    if (product != nullptr) {
        out.product = product->id;
        out.product_facts = facts_of(*product);
    }
    return out;
}

bool Collection::contains(const Candidate& candidate) const {
    if (type == CollectionType::static_)
        return (!candidate.sku.is_nil() && member_ids.contains(candidate.sku)) ||
               (!candidate.product.is_nil() && member_ids.contains(candidate.product));
    return (candidate.product_facts && filter.matches(*candidate.product_facts)) ||
           (candidate.sku_facts && filter.matches(*candidate.sku_facts));
}

const Collection* Collections::find(const RawId& id) const {
    auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : &all[found->second];
}

std::vector<std::string> Collections::containing(const Candidate& candidate) const {
    std::vector<std::string> out;
    for (const Collection& one : all)
        if (one.contains(candidate)) out.push_back(one.id.text());
    return out;
}

bool Collections::contains(std::string_view collection_id, const Candidate& candidate) const {
    const auto id = CollectionId::parse(collection_id);
    const Collection* collection = id ? find(*id) : nullptr;
    return collection != nullptr && collection->contains(candidate);
}

std::unique_ptr<Collections> Collections::compile(const projects::Snapshot& snapshot) {
    auto out = std::make_unique<Collections>();
    for (const projects::Definition* one :
         snapshot.all(projects::definition_kind::product_collection)) {
        out->by_id[one->id] = out->all.size();
        out->all.push_back(compile_one(*one));
    }
    return out;
}

CollectionChange read_collection(JsonReader& body) {
    CollectionChange change;
    change.name = body.text("name", 255);
    if (change.name && change.name->empty()) body.wrong("name", "required", "must not be empty");
    if (auto type = body.choice("type", type_names))
        change.type = static_cast<CollectionType>(*type);
    if (const json::array* sent = body.array("products", members_max))
        change.products = read_members(body, *sent);
    if (const json::object* filter = body.object("filter")) {
        JsonReader reader = body.reader("filter");
        read_filter(reader);
        change.filter = *filter;
    }
    return change;
}

json::object to_json(const projects::Definition& definition) {
    json::object out;
    out["id"] = CollectionId(definition.id).text();
    out["name"] = definition.name;
    for (const auto& [name, value] : definition.doc) out[name] = value;
    out["created_at"] = definition.created_at.iso();
    out["object"] = "products_collection";
    return out;
}

}  // namespace perennial::catalog
