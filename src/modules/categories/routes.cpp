#include "modules/categories/routes.hpp"

#include <array>
#include <boost/json.hpp>

#include "modules/projects/documents.hpp"

namespace perennial::categories {
namespace {

constexpr std::string_view category_kind = "category";
constexpr std::array<std::string_view, 2> stacking_words{"JOINT", "EXCLUSIVE"};

void merge(JsonReader& reader, json::object& doc) {
    if (const auto name = reader.text("name", 200)) {
        if (name->empty()) reader.wrong("name", "required", "must not be empty");
        doc["name"] = *name;
    }
    if (const auto hierarchy = reader.integer("hierarchy", 0, 1'000'000))
        doc["hierarchy"] = *hierarchy;
    if (!doc.contains("hierarchy")) reader.require("hierarchy");
    if (reader.is_null("stacking_rules_type")) doc.erase("stacking_rules_type");
    if (const auto type = reader.choice("stacking_rules_type", stacking_words))
        doc["stacking_rules_type"] = stacking_words[*type];
}

const projects::DocumentKind& documents() {
    // updated_at is told after a change only, as clients expect.
    static const projects::DocumentKind kind{
        .kind = category_kind,
        .prefix = "cat_",
        .object = "category",
        .name_property = "name",
        .max = 1000,
        .merge = merge,
        .view = [](json::object& out) {
            if (out.at("updated_at").is_null()) out.erase("updated_at");
        }};
    return kind;
}

}  // namespace

projects::Routes routes() {
    projects::Routes out;
    add_document_routes(
        out, documents(), "/v1/categories", "categoryId",
        {.tag = "Categories",
         .noun = "category",
         .nouns = "categories",
         .body = R"({"name":"Welcome","hierarchy":1})",
         .answer = R"({"id":"cat_018f0a1b2c3d4e5f60718293a4b5c6d7","name":"Welcome","hierarchy":1,)"
                   R"("created_at":"2026-01-01T10:00:00.000Z","object":"category"})"});
    return out;
}

}  // namespace perennial::categories
