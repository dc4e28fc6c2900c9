#include "modules/customers/model.hpp"

namespace perennial::customers {
namespace {

bool set(std::optional<std::string>& field, const TextPatch& patch) {
    if (!patch || field == *patch) return false;
    field = *patch;
    return true;
}

void set(json::object& object, std::string_view key, const TextPatch& patch) {
    if (!patch) return;
    if (*patch)
        object[key] = **patch;
    else
        object.erase(key);
}

json::object parse_object(const std::string& text) {
    return text.empty() ? json::object() : json::parse(text).as_object();
}

}  // namespace

void erase_facts(json::object& facts) {
    for (auto& [program, known] : facts)
        if (known.is_object())
            for (const char* name : {"metadata", "birthdate", "city", "country"})
                known.get_object().erase(name);
}

bool apply(const Change& change, Customer& customer, Timestamp now) {
    bool changed = set(customer.name, change.name);
    changed |= set(customer.email, change.email);
    changed |= set(customer.phone, change.phone);
    if (change.description || change.birthdate || change.address) {
        json::object profile = parse_object(customer.profile);
        set(profile, "description", change.description);
        set(profile, "birthdate", change.birthdate);
        if (change.address) {
            if (*change.address) {
                json::object address =
                    profile.contains("address") ? profile["address"].as_object() : json::object();
                for (const auto& [key, value] : **change.address) address[key] = value;
                profile["address"] = address;
            } else {
                profile.erase("address");
            }
        }
        std::string text = profile.empty() ? std::string() : to_text(profile);
        changed |= text != customer.profile;
        customer.profile = std::move(text);
    }
    if (change.metadata && !change.metadata->empty()) {
        json::object metadata = parse_object(customer.metadata);
        for (const auto& [key, value] : *change.metadata) metadata[key] = value;
        std::string text = to_text(metadata);
        changed |= text != customer.metadata;
        customer.metadata = std::move(text);
    }
    if (changed) customer.updated_at = now;
    return changed;
}

}  // namespace perennial::customers
