#include "modules/campaigns/codec.hpp"
#include "modules/campaigns/compile.hpp"
#include "modules/campaigns/document.hpp"

namespace perennial::campaigns {
namespace {

json::object empty_list() {
    return {{"object", "list"}, {"data_ref", "data"}, {"data", json::array()}, {"total", 0}};
}

json::object code_config_json(const json::object& doc) {
    const CodeConfig config = compile_code_config(doc);
    json::object out{{"length", config.length}, {"charset", config.charset}};
    if (!config.prefix.empty()) out["prefix"] = config.prefix;
    if (!config.postfix.empty()) out["postfix"] = config.postfix;
    out["pattern"] = config.pattern.empty()
                         ? std::string(static_cast<std::size_t>(config.length), '#')
                         : config.pattern;
    return out;
}

json::object voucher_json(const json::object& doc) {
    json::object card = object_of(doc, "loyalty_card");
    card["balance"] = card["points"];
    return {{"type", "LOYALTY_CARD"},
            {"loyalty_card", std::move(card)},
            {"redemption", {{"quantity", nullptr}}},
            {"code_config", code_config_json(object_of(doc, "code_config"))},
            {"is_referral_code", false}};
}

}  // namespace

json::object to_json(const projects::Definition& definition, std::int64_t members) {
    json::object out{{"id", ProgramId(definition.id).text()}};
    for (const auto& [key, value] : definition.doc) {
        if (key == "voucher")
            out[key] = voucher_json(value.as_object());
        else
            out[key] = value;
    }
    out["vouchers_count"] = members;
    out["category_id"] = nullptr;
    out["categories"] = json::array();
    out["creation_status"] = "DONE";
    out["vouchers_generation_status"] = "DONE";
    out["readonly"] = false;
    out["protected"] = false;
    out["validation_rules_assignments"] = empty_list();
    out["access_settings_assignments"] = empty_list();
    out["created_at"] = definition.created_at.iso();
    out["updated_at"] = nullptr;
    if (definition.updated_at) out["updated_at"] = definition.updated_at->iso();
    out["object"] = "campaign";
    return out;
}

}  // namespace perennial::campaigns
