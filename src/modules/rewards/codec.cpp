#include "modules/rewards/codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cel/program.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/earning/facts.hpp"
#include "modules/rewards/model.hpp"

namespace perennial::rewards {
namespace {

using campaigns::not_implemented;
using campaigns::object_of;
using campaigns::text_of;

constexpr std::array<std::string_view, 3> types{"MATERIAL", "COIN", "CAMPAIGN"};  // as Type
constexpr std::array<std::string_view, 4> kinds{"PRODUCT", "DONATION", "EXPERIENCE",
                                                "EARLY_ACCESS"};  // as Kind
constexpr std::array<std::string_view, 2> visibilities{"EVERYBODY", "ELIGIBLE"};
constexpr std::int64_t ratio_max = 1'000'000'000;
constexpr std::size_t prices_max = 20;
constexpr std::size_t tiers_max = 100;
constexpr std::size_t condition_max_bytes = 4096;
constexpr std::int64_t hold_minutes_max = 366 * 24 * 60;

Type read_type(JsonReader& reader, json::object& doc) {
    Type type = Type::material;
    if (const auto written = reader.choice("type", types)) {
        type = static_cast<Type>(*written);
    } else if (!reader.has("type")) {
        JsonReader parameters = reader.reader("parameters");
        if (parameters.has("coin")) type = Type::coin;
        if (parameters.has("campaign")) type = Type::campaign;
    }
    doc["type"] = types[static_cast<std::size_t>(type)];
    return type;
}

void read_span(JsonReader& reader, json::object& doc) {
    const auto start = reader.timestamp("starts_at");
    const auto end = reader.timestamp("ends_at");
    if (start) doc["starts_at"] = start->iso();
    if (end) doc["ends_at"] = end->iso();
    if (start && end && *end <= *start)
        reader.wrong("ends_at", "conflict", "must be after starts_at");
}

json::object read_donation(JsonReader reader, Type type) {
    json::object doc{{"recipient", campaigns::read_name(reader, "recipient")}};
    if (type == Type::coin) {
        if (reader.has("amount"))
            reader.wrong("amount", "conflict", "a COIN reward gives what its ratio says");
    } else {
        reader.require("amount");
        if (const auto amount = reader.integer("amount", 1, value_max)) doc["amount"] = *amount;
    }
    if (const auto text = reader.text("receipt", 1024); text && !text->empty())
        doc["receipt"] = *text;
    return doc;
}

json::object read_experience(JsonReader reader) {
    json::object doc;
    reader.require("starts_at");
    read_span(reader, doc);
    if (const auto place = reader.text("place", 255); place && !place->empty())
        doc["place"] = *place;
    return doc;
}

json::object read_early_access(JsonReader reader) {
    json::object doc{{"subject", campaigns::read_name(reader, "subject")}};
    reader.require("starts_at");
    reader.require("ends_at");
    read_span(reader, doc);
    return doc;
}

// Ours: `kind`, with what belongs to it.
void read_kind(JsonReader& reader, Type type, json::object& doc) {
    Kind kind = Kind::product;
    if (const auto written = reader.choice("kind", kinds)) {
        kind = static_cast<Kind>(*written);
        doc["kind"] = kinds[*written];
    }
    const bool is_fit = kind == Kind::product || type == Type::material ||
                        (kind == Kind::donation && type == Type::coin);
    if (!is_fit)
        reader.wrong("kind", "conflict",
                     kind == Kind::donation ? "needs the type MATERIAL or COIN"
                                            : "needs the type MATERIAL");
    for (const auto& [of, name] : {std::pair(Kind::donation, "donation"),
                                   std::pair(Kind::experience, "experience"),
                                   std::pair(Kind::early_access, "early_access")}) {
        if (kind != of) {
            if (reader.has(name))
                reader.wrong(name, "conflict",
                             fmt::format("needs the kind {}", kinds[static_cast<std::size_t>(of)]));
            continue;
        }
        reader.require(name);
        if (!reader.has(name)) continue;
        doc[name] = of == Kind::donation     ? read_donation(reader.reader(name), type)
                    : of == Kind::experience ? read_experience(reader.reader(name))
                                             : read_early_access(reader.reader(name));
    }
}

void read_fulfilment(JsonReader& reader, Type type, json::object& doc) {
    static constexpr std::array<std::string_view, 2> ways{"AUTOMATIC", "MANUAL"};
    if (const auto way = reader.choice("fulfilment", ways)) {
        if (*way == 1 && type == Type::coin && !doc.contains("donation"))
            reader.wrong("fulfilment", "conflict",
                         "points that pay for an order are not held: needs another type");
        doc["fulfilment"] = ways[*way];
    }
    if (const auto minutes = reader.integer("hold_minutes", 1, hold_minutes_max))
        doc["hold_minutes"] = *minutes;
}

json::object read_attributes(JsonReader reader) {
    json::object doc;
    if (const auto url = reader.text("image_url", 2048); url && !url->empty()) {
        if (!url->starts_with("https://") && !url->starts_with("http://"))
            reader.wrong("image_url", "format", "must begin with https:// or http://");
        doc["image_url"] = *url;
    }
    if (const auto text = reader.text("description", 4096); text && !text->empty())
        doc["description"] = *text;
    return doc;
}

json::object read_coin(JsonReader& parameters) {
    parameters.require("coin");
    JsonReader coin = parameters.reader("coin");
    coin.require("exchange_ratio");
    return {{"exchange_ratio", coin.integer("exchange_ratio", 1, ratio_max).value_or(1)},
            {"points_ratio", coin.integer("points_ratio", 1, ratio_max).value_or(1)}};
}

// The compatible API's pages say sku_id, the npm client's types say sku: both are read and answered.
json::object read_product(JsonReader product) {
    json::object doc;
    product.require("id");
    if (const auto id = product.text("id", 255)) doc["id"] = *id;
    auto sku = product.text("sku_id", 255);
    if (!sku) sku = product.text("sku", 255);
    doc["sku_id"] = nullptr;
    if (sku && !sku->empty()) doc["sku_id"] = *sku;
    return doc;
}

json::object read_campaign(JsonReader campaign) {
    json::object doc{{"id", campaigns::read_name(campaign, "id")}};
    campaign.require("balance");
    doc["balance"] = campaign.integer("balance", 1, value_max).value_or(1);
    if (const auto type = campaign.text("type", 64)) doc["type"] = *type;
    return doc;
}

json::object read_parameters(JsonReader reader, Type type) {
    json::object doc;
    if (type == Type::coin) {
        doc["coin"] = read_coin(reader);
    } else if (type == Type::campaign) {
        reader.require("campaign");
        if (reader.has("campaign")) doc["campaign"] = read_campaign(reader.reader("campaign"));
    } else if (campaigns::is_set(reader, "product")) {
        doc["product"] = read_product(reader.reader("product"));
    }
    for (const auto& [of, name] : {std::pair(Type::coin, "coin"),
                                   std::pair(Type::campaign, "campaign"),
                                   std::pair(Type::material, "product")})
        if (type != of && reader.has(name))
            reader.wrong(name, "conflict",
                         fmt::format("needs the type {}", types[static_cast<std::size_t>(of)]));
    return doc;
}

// A condition that compiles against what members are; "" when there is none.
std::string read_condition(JsonReader& reader) {
    const std::string source = reader.text("condition", condition_max_bytes).value_or("");
    if (source.empty()) return {};
    cel::CompileOptions options;
    options.result = cel::ResultType::boolean;
    if (const auto program = cel::compile(earning::tier_environment(), source, options); !program)
        for (const cel::CompileError& mistake : program.error())
            reader.wrong("condition", "expression", cel::to_text(mistake));
    return source;
}

// Ours: whom it is for, and what they pay.
void read_terms(JsonReader& reader, Type type, json::object& doc) {
    if (const std::string source = read_condition(reader); !source.empty())
        doc["condition"] = source;
    if (const json::array* tiers = reader.array("tiers", tiers_max); tiers && !tiers->empty()) {
        for (const json::value& tier : *tiers)
            if (!tier.is_string()) {
                reader.wrong("tiers", "type", "must be ids of tiers");
                break;
            }
        doc["tiers"] = *tiers;
    }
    if (const auto written = reader.choice("visibility", visibilities))
        doc["visibility"] = visibilities[*written];
    const json::array* prices = reader.array("prices", prices_max);
    if (prices == nullptr || prices->empty()) return;
    if (type == Type::coin) {
        reader.wrong("prices", "conflict", "a COIN reward has no price");
        return;
    }
    json::array read;
    for (std::size_t i = 0; i < prices->size(); ++i) {
        JsonReader price = reader.item("prices", i);
        price.require("condition");
        price.require("points");
        const std::string source = read_condition(price);
        read.push_back(json::object{{"condition", source},
                                    {"points", price.integer("points", 0, value_max).value_or(0)}});
    }
    doc["prices"] = std::move(read);
}

}  // namespace

Result<json::object> read_reward(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    json::object doc{{"name", campaigns::read_name(reader, "name")}};
    const Type type = read_type(reader, doc);
    doc["stock"] = nullptr;
    if (const auto stock = reader.integer("stock", 0, value_max)) {
        if (type != Type::material) reader.wrong("stock", "conflict", "needs the type MATERIAL");
        doc["stock"] = *stock;
    }
    doc["attributes"] = read_attributes(reader.reader("attributes"));
    if (type != Type::material) reader.require("parameters");
    read_kind(reader, type, doc);
    campaigns::read_dates(reader, doc);
    read_fulfilment(reader, type, doc);
    doc["parameters"] = read_parameters(reader.reader("parameters"), type);
    campaigns::read_metadata(reader, doc);
    if (!issues.empty()) return campaigns::refuse_all(issues);
    return doc;
}

Result<void> check_campaign(json::object& reward_doc, const projects::Snapshot& snapshot) {
    if (type_of(reward_doc) != Type::campaign) return {};
    json::object& campaign = reward_doc["parameters"].as_object()["campaign"].as_object();
    const projects::Definition* program =
        campaigns::find_program(snapshot, text_of(campaign, "id"));
    if (program == nullptr) {
        Error error{&perennial::error::not_implemented,
                    fmt::format("{} is no loyalty program: rewards that hand out codes of voucher "
                                "campaigns are not implemented",
                                text_of(campaign, "id"))};
        error.issues.push_back({"/parameters/campaign/id", "not_implemented",
                                "must be a loyalty program; codes are not handed out yet"});
        return std::unexpected(std::move(error));
    }
    campaign["id"] = campaigns::ProgramId(program->id).text();
    campaign["type"] = "LOYALTY_PROGRAM";
    return {};
}

Result<json::object> read_assignment(const json::value& body, const RewardId& reward, Type type) {
    Issues issues;
    JsonReader reader(body, issues);
    json::object doc{{"reward_id", reward.text()}};
    not_implemented(reader, "validation_rules", "say whom it is for in `condition` and `tiers`");
    if (type == Type::coin) {
        JsonReader parameters = reader.reader("parameters");
        if (parameters.has("loyalty"))
            parameters.wrong("loyalty", "conflict", "a COIN reward has no price");
    } else {
        reader.require("parameters");
        JsonReader parameters = reader.reader("parameters");
        parameters.require("loyalty");
        JsonReader loyalty = parameters.reader("loyalty");
        loyalty.require("points");
        const auto points = loyalty.integer("points", 0, value_max);
        const bool automatic = loyalty.boolean("auto_redeem").value_or(false);
        if (automatic && points == 0)
            loyalty.wrong("auto_redeem", "conflict", "what costs nothing is not redeemed by itself");
        doc["parameters"] = {
            {"loyalty", {{"points", points.value_or(0)}, {"auto_redeem", automatic}}}};
    }
    read_terms(reader, type, doc);
    if (!issues.empty()) return std::unexpected(missing_price(campaigns::refuse_all(issues).error()));
    return doc;
}

Error missing_price(Error error) {
    const bool only_that = std::ranges::all_of(error.issues, [](const FieldIssue& issue) {
        return issue.key == "required" && issue.pointer.find("/parameters") != std::string::npos;
    });
    if (!error.issues.empty() && only_that) {
        error.code = &perennial::error::missing_param;
        error.details = fmt::format("Missing required parameter {}: the price of the reward is "
                                    "parameters.loyalty.points",
                                    error.issues.front().pointer);
    }
    return error;
}

bool is_automatic(const json::object& assignment_doc) {
    return campaigns::boolean_of(object_of(object_of(assignment_doc, "parameters"), "loyalty"),
                                 "auto_redeem", false);
}

Result<void> check_assignment(const json::object& assignment_doc, const json::object& reward_doc,
                              const projects::Snapshot& snapshot, const RawId& program) {
    Issues issues;
    const json::array& tiers = campaigns::array_of(assignment_doc, "tiers");
    for (std::size_t i = 0; i < tiers.size(); ++i) {
        const auto id = ledger::TierId::parse(tiers[i].as_string());
        const projects::Definition* tier =
            id ? snapshot.find(projects::definition_kind::loyalty_tier, *id) : nullptr;
        if (tier == nullptr || tier->parent != program)
            issues.add(fmt::format("/tiers/{}", i), "unknown", "is no tier of this program");
    }
    const json::object& campaign = object_of(object_of(reward_doc, "parameters"), "campaign");
    if (text_of(campaign, "id") == campaigns::ProgramId(program).text())
        issues.add("/reward", "conflict", "tops up the program that is paid with");
    if (is_automatic(assignment_doc))
        for (const projects::Definition* other :
             snapshot.children(projects::definition_kind::reward_assignment, program))
            if (is_automatic(other->doc) &&
                text_of(other->doc, "reward_id") != text_of(assignment_doc, "reward_id"))
                issues.add("/parameters/loyalty/auto_redeem", "conflict",
                           fmt::format("the program redeems {} by itself: one at a time",
                                       other->name));
    if (!issues.empty()) return issues.refuse();
    return {};
}

Type type_of(const json::object& reward_doc) {
    const std::string_view word = text_of(reward_doc, "type");
    for (std::size_t i = 0; i < types.size(); ++i)
        if (types[i] == word) return static_cast<Type>(i);
    return Type::material;
}

Kind kind_of(const json::object& reward_doc) {
    const std::string_view word = text_of(reward_doc, "kind");
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (kinds[i] == word) return static_cast<Kind>(i);
    return Kind::product;
}

std::string_view kind_name(Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

json::object to_json(const projects::Definition& definition, std::int64_t redeemed) {
    json::object out{{"id", RewardId(definition.id).text()}};
    for (const auto& [key, value] : definition.doc) {
        out[key] = value;
        if (key == "stock") out["redeemed"] = redeemed;
    }
    if (json::value* product = out["parameters"].as_object().if_contains("product"))
        product->as_object()["sku"] = product->as_object()["sku_id"];
    out["created_at"] = definition.created_at.iso();
    out["updated_at"] = nullptr;
    if (definition.updated_at) out["updated_at"] = definition.updated_at->iso();
    out["object"] = "reward";
    return out;
}

json::object assignment_json(const projects::Definition& definition) {
    json::object out{{"id", AssignmentId(definition.id).text()},
                     {"reward_id", text_of(definition.doc, "reward_id")},
                     {"related_object_id", campaigns::ProgramId(definition.parent).text()},
                     {"related_object_type", "campaign"}};
    if (const json::object& parameters = object_of(definition.doc, "parameters");
        !parameters.empty())
        out["parameters"] = parameters;
    for (const std::string_view name : {"tiers", "condition", "prices", "visibility"})
        if (const json::value* value = definition.doc.if_contains(name)) out[name] = *value;
    out["created_at"] = definition.created_at.iso();
    out["updated_at"] = nullptr;
    if (definition.updated_at) out["updated_at"] = definition.updated_at->iso();
    out["object"] = "reward_assignment";
    return out;
}

}  // namespace perennial::rewards
