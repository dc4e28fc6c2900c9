#include <fmt/format.h>

#include "app/flows/backtest.hpp"
#include "modules/campaigns/codec.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/earning/codec.hpp"
#include "modules/earning/compile.hpp"
#include "modules/earning/multiplier_codec.hpp"
#include "modules/tiers/codec.hpp"

namespace perennial::flows {
namespace {

namespace kind = projects::definition_kind;
using campaigns::text_of;
using projects::Definition;

constexpr std::size_t items_max = 100;
constexpr std::size_t groups_max = 20;

class Changing {
  public:
    Changing(const projects::Snapshot& today, const Definition& program, Timestamp now)
        : today_(today), program_(program), now_(now) {
        for (const std::string_view one :
             {kind::campaign, kind::earning_rule, kind::earning_multiplier, kind::loyalty_tier,
              kind::reward, kind::reward_assignment, kind::product_collection})
            for (const Definition* definition : today.all(one)) definitions_.push_back(*definition);
    }

    Result<projects::SnapshotPtr> run(const json::object& changes) {
        const json::value whole = changes;
        JsonReader reader(whole, own_);
        change_fields(changes);
        change_each(reader, "earning_rules", kind::earning_rule, earning::RuleTag::prefix,
                    [](const json::value& body) { return earning::read_rule(body); },
                    [](const json::object& doc) { return earning::name_of(doc); });
        change_each(reader, "multipliers", kind::earning_multiplier,
                    earning::MultiplierTag::prefix,
                    [](const json::value& body) { return earning::read_multiplier(body); },
                    [](const json::object& doc) { return std::string(text_of(doc, "name")); });
        replace_ladder(reader);
        for (const FieldIssue& issue : own_.all())
            issues_.add("/changes" + issue.pointer, issue.key, issue.message);
        if (!issues_.empty()) return campaigns::refuse_all(issues_);
        auto snapshot =
            std::make_shared<const projects::Snapshot>(today_.project(), std::move(definitions_));
        check_references(*snapshot);
        if (!issues_.empty()) return campaigns::refuse_all(issues_);
        return snapshot;
    }

  private:
    struct Changed {
        std::string pointer;
        std::string_view of;
        json::object doc;
    };

    void take(const std::string& pointer, const Error& error) {
        for (const FieldIssue& issue : error.issues)
            issues_.add(pointer + issue.pointer, issue.key, issue.message);
        if (error.issues.empty())
            issues_.add(pointer, error.code->key,
                        error.details.empty() ? std::string(error.code->message) : error.details);
    }

    Definition* find(std::string_view of, const RawId& id) {
        for (Definition& definition : definitions_)
            if (definition.kind == of && definition.id == id &&
                (definition.parent == program_.id || definition.id == program_.id))
                return &definition;
        return nullptr;
    }

    // Not saved, so any id will do that is nobody's: they count up from 1.
    void add(std::string_view of, std::string name, json::object doc) {
        Definition definition;
        definition.kind = of;
        definition.id = *RawId::from_hex(fmt::format("{:032x}", ++made_));
        definition.parent = program_.id;
        definition.name = std::move(name);
        definition.doc = std::move(doc);
        definition.created_at = now_;
        definitions_.push_back(std::move(definition));
    }

    void change_fields(const json::object& changes) {
        json::object fields;
        for (const auto& [name, value] : changes)
            if (name != "tiers" && name != "earning_rules" && name != "multipliers")
                fields[name] = value;
        if (fields.empty()) return;
        auto doc = campaigns::read_program(campaigns::merge(program_.doc, fields));
        if (!doc) return take("/changes", doc.error());
        find(kind::campaign, program_.id)->doc = *std::move(doc);
    }

    template <class Read, class Name>
    void change_each(JsonReader& changes, std::string_view list, std::string_view of,
                     std::string_view prefix, Read read, Name name) {
        if (!changes.has(list)) return;
        const json::array* items = changes.array(list, items_max);
        if (items == nullptr) return;
        std::vector<RawId> seen;
        for (std::size_t i = 0; i < items->size(); ++i) {
            const std::string pointer = fmt::format("/changes/{}/{}", list, i);
            const json::value& item = (*items)[i];
            if (!item.is_object()) {
                issues_.add(pointer, "type", "must be an object");
                continue;
            }
            const json::object& sent = item.get_object();
            if (!sent.contains("id")) {
                auto doc = read(item);
                if (!doc) {
                    take(pointer, doc.error());
                    continue;
                }
                changed_.push_back({pointer, of, *doc});
                std::string of_doc = name(*doc);
                add(of, std::move(of_doc), *std::move(doc));
                continue;
            }
            const json::value& id_value = sent.at("id");
            const auto id = id_value.is_string()
                                ? campaigns::parse_id(id_value.get_string(), prefix)
                                : std::nullopt;
            Definition* old = id ? find(of, *id) : nullptr;
            if (old == nullptr) {
                issues_.add(pointer + "/id", "unknown", "is not known in this program");
                continue;
            }
            if (std::ranges::find(seen, *id) != seen.end()) {
                issues_.add(pointer + "/id", "duplicate", "is named twice");
                continue;
            }
            seen.push_back(*id);
            Issues wrong;
            JsonReader one(item, wrong);
            const bool removed = one.boolean("removed").value_or(false);
            if (!wrong.empty()) {
                for (const FieldIssue& issue : wrong.all())
                    issues_.add(pointer + issue.pointer, issue.key, issue.message);
                continue;
            }
            if (removed) {
                std::erase_if(definitions_, [&](const Definition& d) { return &d == old; });
                continue;
            }
            auto doc = read(campaigns::merge(old->doc, sent));
            if (!doc) {
                take(pointer, doc.error());
                continue;
            }
            old->name = name(*doc);
            changed_.push_back({pointer, of, *doc});
            old->doc = *std::move(doc);
        }
    }

    void replace_ladder(JsonReader& changes) {
        if (!changes.has("tiers")) return;
        const json::array* items = changes.array("tiers", items_max);
        if (items == nullptr) return;
        std::vector<json::object> docs;
        std::vector<Definition> ladder;
        for (std::size_t i = 0; i < items->size(); ++i) {
            const std::string pointer = fmt::format("/changes/tiers/{}", i);
            const json::value& item = (*items)[i];
            const json::value* id_value = item.is_object() ? item.get_object().if_contains("id") : nullptr;
            Definition step;
            if (id_value != nullptr) {
                const auto id = id_value->is_string()
                                    ? campaigns::parse_id(id_value->get_string(),
                                                          ledger::TierTag::prefix)
                                    : std::nullopt;
                const Definition* old = id ? find(kind::loyalty_tier, *id) : nullptr;
                if (old == nullptr) {
                    issues_.add(pointer + "/id", "unknown", "is not known in this program");
                    continue;
                }
                if (std::ranges::find(ladder, old->id, &Definition::id) != ladder.end()) {
                    issues_.add(pointer + "/id", "duplicate", "is named twice");
                    continue;
                }
                step = *old;
            } else {
                step.kind = kind::loyalty_tier;
                step.id = *RawId::from_hex(fmt::format("{:032x}", ++made_));
                step.parent = program_.id;
                step.created_at = now_;
            }
            auto doc = id_value != nullptr
                           ? tiers::read_tier(campaigns::merge(step.doc, item.get_object()))
                           : tiers::read_tier(item);
            if (!doc) {
                take(pointer, doc.error());
                continue;
            }
            docs.push_back(*doc);
            changed_.push_back({pointer, kind::loyalty_tier, *doc});
            step.name = text_of(*doc, "name");
            step.doc = *std::move(doc);
            ladder.push_back(std::move(step));
        }
        if (docs.size() != items->size()) return;
        if (auto fine = tiers::check_ladder(docs); !fine) return take("/changes/tiers", fine.error());
        std::erase_if(definitions_, [&](const Definition& definition) {
            return definition.kind == kind::loyalty_tier && definition.parent == program_.id;
        });
        for (Definition& step : ladder) definitions_.push_back(std::move(step));
    }

    void check_references(const projects::Snapshot& after) {
        for (const Changed& one : changed_) {
            Issues own;
            if (one.of == kind::earning_rule)
                earning::check_references(one.doc, after, program_.id, own);
            else if (one.of == kind::earning_multiplier)
                earning::check_multiplier_references(one.doc, after, program_.id, own);
            else
                tiers::check_references(one.doc, after, program_.id, own);
            for (const FieldIssue& issue : own.all())
                issues_.add(one.pointer + issue.pointer, issue.key, issue.message);
        }
    }

    const projects::Snapshot& today_;
    const Definition& program_;
    Timestamp now_;
    std::vector<Definition> definitions_;
    std::vector<Changed> changed_;
    int made_ = 0;
    Issues own_;
    Issues issues_;
};

}  // namespace

Result<projects::SnapshotPtr> change_program(const projects::Snapshot& today,
                                             const Definition& program, const json::object& changes,
                                             Timestamp now) {
    return Changing(today, program, now).run(changes);
}

std::vector<Group> read_groups(JsonReader& body) {
    std::vector<Group> out;
    if (!body.has("groups")) return out;
    const json::object* groups = body.object("groups");
    if (groups == nullptr) return out;
    if (groups->size() > groups_max) {
        body.wrong("groups", "size", fmt::format("must have at most {} groups", groups_max));
        return out;
    }
    JsonReader reader = body.reader("groups");
    for (const auto& [name, value] : *groups) {
        if (!value.is_string()) {
            reader.wrong(name, "type", "must be a condition in CEL");
            continue;
        }
        auto program = earning::compile_expression(earning::Trigger::tier_joined,
                                                   earning::ExpressionRole::condition,
                                                   value.get_string());
        if (!program) {
            for (const cel::CompileError& error : program.error())
                reader.wrong(name, "expression", cel::to_text(error));
            continue;
        }
        out.push_back({std::string(name), *std::move(program)});
    }
    return out;
}

}  // namespace perennial::flows
