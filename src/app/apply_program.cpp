#include "app/apply_program.hpp"

#include <fmt/format.h>

namespace perennial::app {
namespace {

using http::Method;

const ErrorCode invalid_program{"invalid_program", ErrorKind::invalid, "Invalid program"};

using Names = std::map<std::string, std::string, std::less<>>;

std::string text(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

const json::array* array(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

class Applier {
  public:
    Applier(LocalApi& api, const json::object& program) : api_(api), program_(program) {}

    Result<AppliedProgram> run() {
        TRY_VOID(campaign());
        TRY_VOID(collections());
        TRY_VOID(rules(false));
        TRY_VOID(rewards());
        TRY_VOID(tiers());
        TRY_VOID(rules(true));
        return std::move(out_);
    }

  private:
    Result<json::value> call(Method method, const std::string& target, const json::value& body,
                             const std::string& what) {
        const http::Response response =
            api_.call(method, target, body.is_null() ? std::string() : to_text(body));
        if (response.status >= 300) {
            std::string why = response.body;
            if (auto parsed = parse_json(response.body); parsed && parsed->is_object())
                why = text(parsed->get_object(), "message") + ": " +
                      text(parsed->get_object(), "details");
            return refuse(invalid_program, fmt::format("{}: {}", what, why));
        }
        if (response.body.empty()) return json::value();
        return parse_json(response.body);
    }

    // The ids of a list by name.
    Result<Names> names_of(const std::string& target, const char* key) {
        Names names;
        for (int page = 1;; ++page) {
            TRY(list, call(Method::get, fmt::format("{}?limit=100&page={}", target, page), nullptr,
                           target));
            const json::array* items = array(list.as_object(), key);
            if (items == nullptr || items->empty()) return names;
            for (const json::value& item : *items)
                names.try_emplace(text(item.as_object(), "name"), text(item.as_object(), "id"));
            if (items->size() < 100) return names;
        }
    }

    void note(std::string_view kind, std::string_view name, bool created) {
        out_.done.push_back(
            fmt::format("{} '{}': {}", kind, name, created ? "created" : "updated"));
    }

    Result<void> campaign() {
        const json::value* wanted = program_.if_contains("campaign");
        if (wanted == nullptr || !wanted->is_object())
            return refuse(invalid_program, "campaign: is required and must be an object");
        const std::string name = text(wanted->get_object(), "name");
        TRY(known, names_of("/v1/loyalties", "campaigns"));
        const auto found = known.find(name);
        const bool created = found == known.end();
        TRY(made, created ? call(Method::post, "/v1/loyalties", *wanted, "campaign")
                          : call(Method::put, "/v1/loyalties/" + found->second, *wanted,
                                 "campaign"));
        out_.campaign_id = text(made.as_object(), "id");
        note("campaign", name, created);
        return {};
    }

    Result<void> collections() {
        const json::array* wanted = array(program_, "product_collections");
        if (wanted == nullptr) return {};
        TRY(known, names_of("/v1/product-collections", "data"));
        collections_ = known;
        for (const json::value& item : *wanted) {
            const std::string name = text(item.as_object(), "name");
            const auto found = known.find(name);
            const bool created = found == known.end();
            const std::string what = fmt::format("product_collections '{}'", name);
            TRY(made, created
                          ? call(Method::post, "/v1/product-collections", item, what)
                          : call(Method::put, "/v1/product-collections/" + found->second, item,
                                 what));
            collections_[name] = text(made.as_object(), "id");
            note("product collection", name, created);
        }
        return {};
    }

    // Collection names -> ids, wherever {"object": "products_collection", "id": NAME} stands.
    void resolve(json::value& value) const {
        if (value.is_array())
            for (json::value& item : value.get_array()) resolve(item);
        if (!value.is_object()) return;
        json::object& object = value.get_object();
        if (text(object, "object") == "products_collection")
            if (const auto found = collections_.find(text(object, "id")); found != collections_.end())
                object["id"] = found->second;
        for (auto& [key, inner] : object) resolve(inner);
    }

    // Rules of tier events name a tier, and tiers name the other rules: so those come last.
    Result<void> rules(bool of_tiers) {
        const json::array* wanted = array(program_, "earning_rules");
        if (wanted == nullptr) return {};
        const std::string target = "/v1/loyalties/" + out_.campaign_id + "/earning-rules";
        TRY(known, names_of(target, "data"));
        rules_ = known;
        for (json::value rule : *wanted) {
            json::value* tier = rule.as_object().if_contains("loyalty_tier");
            if ((tier != nullptr && tier->is_object()) != of_tiers) continue;
            if (of_tiers)
                if (const auto found = tiers_.find(text(tier->get_object(), "id"));
                    found != tiers_.end())
                    tier->get_object()["id"] = found->second;
            resolve(rule);
            const std::string name = text(rule.as_object(), "name");
            const std::string what = fmt::format("earning_rules '{}'", name);
            const auto found = known.find(name);
            const bool created = found == known.end();
            TRY(made, created ? call(Method::post, target, json::array{rule}, what)
                              : call(Method::put, target + "/" + found->second, rule, what));
            if (created) {
                const json::value* first = &made;
                if (made.is_array()) first = &made.as_array().at(0);
                else if (const json::array* data = array(made.as_object(), "data"))
                    first = &data->at(0);
                rules_[name] = text(first->as_object(), "id");
            }
            note("earning rule", name, created);
        }
        return {};
    }

    Result<void> rewards() {
        const json::array* wanted = array(program_, "rewards");
        if (wanted == nullptr) return {};
        TRY(known, names_of("/v1/rewards", "data"));
        const std::string target = "/v1/loyalties/" + out_.campaign_id + "/rewards";
        TRY(assigned, call(Method::get, target + "?limit=100", nullptr, "rewards"));
        Names assignments;  // by reward id
        if (const json::array* data = array(assigned.as_object(), "data"))
            for (const json::value& item : *data)
                assignments[text(item.as_object(), "reward_id")] = text(item.as_object(), "id");
        for (const json::value& item : *wanted) {
            json::object reward = item.as_object();
            const std::string name = text(reward, "name");
            const std::string what = fmt::format("rewards '{}'", name);
            json::object price;
            if (const json::value* given = reward.if_contains("assignment"); given && given->is_object())
                price = given->get_object();
            reward.erase("assignment");
            const auto found = known.find(name);
            const bool created = found == known.end();
            TRY(made, created ? call(Method::post, "/v1/rewards", reward, what)
                              : call(Method::put, "/v1/rewards/" + found->second, reward, what));
            const std::string id = text(made.as_object(), "id");
            json::object assignment{{"reward", id}};
            if (price.contains("points"))
                assignment["parameters"] = json::object{{"loyalty", price}};
            if (const auto old = assignments.find(id); old != assignments.end()) {
                assignments_[name] = old->second;
                if (assignment.contains("parameters"))
                    TRY_VOID(call(Method::put, target + "/" + old->second, assignment, what));
            } else {
                TRY(given, call(Method::post, target, json::array{assignment}, what));
                const json::value* first = &given;
                if (given.is_array()) first = &given.as_array().at(0);
                else if (const json::array* data = array(given.as_object(), "data"))
                    first = &data->at(0);
                assignments_[name] = text(first->as_object(), "id");
            }
            note("reward", name, created);
        }
        return {};
    }

    Result<void> tiers() {
        const json::array* wanted = array(program_, "tiers");
        if (wanted == nullptr || wanted->empty()) return {};
        const std::string target = "/v1/loyalties/" + out_.campaign_id + "/tiers";
        TRY(known, names_of(target, "data"));
        json::array ladder;
        for (const json::value& item : *wanted) {
            json::object tier = item.as_object();
            for (const auto& [key, ids] :
                 {std::pair{"earning_rules", &rules_}, std::pair{"rewards", &assignments_}}) {
                const json::value* given = tier.if_contains(key);
                if (given == nullptr || !given->is_object()) continue;
                json::object by_id;
                for (const auto& [name, mapping] : given->get_object()) {
                    const auto found = ids->find(std::string_view(name));
                    if (found == ids->end())
                        return refuse(invalid_program,
                                      fmt::format("tiers '{}': there is no {} named '{}'",
                                                  text(tier, "name"), key,
                                                  std::string_view(name)));
                    by_id[found->second] = mapping;
                }
                tier[key] = std::move(by_id);
            }
            if (const auto found = known.find(text(tier, "name")); found != known.end())
                tier["id"] = found->second;
            ladder.push_back(std::move(tier));
        }
        // The whole ladder at once, so that ranges may move together.
        TRY_VOID(call(known.empty() ? Method::post : Method::put, target, ladder, "tiers"));
        TRY(made, names_of(target, "data"));
        tiers_ = std::move(made);
        for (const json::value& tier : ladder) {
            const std::string name = text(tier.as_object(), "name");
            note("tier", name, !known.contains(name));
        }
        return {};
    }

    LocalApi& api_;
    const json::object& program_;
    AppliedProgram out_;
    Names collections_;
    Names rules_;
    Names tiers_;
    Names assignments_;  // by reward name
};

}  // namespace

Result<AppliedProgram> apply_program(LocalApi& api, const json::value& program) {
    if (!program.is_object())
        return refuse(invalid_program, "A program is a JSON object; see examples/demo/program.json");
    return Applier(api, program.get_object()).run();
}

}  // namespace perennial::app
