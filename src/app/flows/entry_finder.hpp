// What the routes of transactions and activity share.
#pragma once
#include "modules/campaigns/document.hpp"
#include "modules/earning/model.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/statement.hpp"
#include "modules/orders/store.hpp"

namespace perennial::flows {

// Looks up what entries refer to, each thing once.
class EntryFinder {
  public:
    explicit EntryFinder(const projects::ReadContext& context) : context_(context) {}

    const std::string& order_source(const orders::OrderId& id) {
        const auto [place, fresh] = order_sources_.try_emplace(id);
        if (fresh)
            if (const auto order = orders::load_order(context_.tx, context_.project, id))
                place->second = order->source_id.value_or("");
        return place->second;
    }

    // As it is now, else as it was when it earned.
    const earning::Rule* rule(std::string_view text, std::int64_t definitions) {
        const auto id = earning::RuleId::parse(text);
        if (!id) return nullptr;
        if (const auto* found = context_.snapshot->get<earning::Rules>().find(*id)) return found;
        if (definitions == 0) return nullptr;
        const auto old = context_.cache.load_at(context_.tx, context_.project, definitions);
        if (old == nullptr) return nullptr;
        kept_.push_back(old);
        return old->get<earning::Rules>().find(*id);
    }

    members::Related related(const ledger::Entry& entry) {
        members::Related out;
        const json::object detail = members::detail_of(entry);
        const std::string_view by = campaigns::text_of(detail, "by");
        if (by == "order") {
            const orders::OrderId id(entry.cause);
            out.order = {id.text(), order_source(id)};
        }
        if (by == "event")
            out.event = {"evcus_" + entry.cause.hex(), std::string(campaigns::text_of(detail, "event"))};
        if (const auto text = campaigns::text_of(detail, "rule"); !text.empty()) {
            const earning::Rule* found = rule(text, campaigns::integer_of(detail, "v", 0));
            out.earning_rule = {std::string(text), found ? found->banner : ""};
        }
        if (const auto text = campaigns::text_of(detail, "reward"); !text.empty())
            out.reward = {std::string(text), std::string(campaigns::text_of(detail, "reward_name"))};
        if (by == "transfer")
            if (auto card = ledger::load_card(context_.tx, context_.project,
                                              ledger::CardId(entry.cause))) {
                const members::Rulebook book =
                    members::rulebook(*context_.snapshot, card->program);
                out.other_card = members::simple_json(
                    members::rolled(*std::move(card), book, context_.now), book);
            }
        return out;
    }

    members::Names names() {
        return {[this](std::string_view order) {
                    const auto id = orders::OrderId::parse(order);
                    return id ? order_source(*id) : std::string();
                },
                [this](std::string_view text, std::int64_t definitions) {
                    const earning::Rule* found = rule(text, definitions);
                    return found ? found->name : std::string();
                },
                [this](std::string_view tier) {
                    const auto id = ledger::TierId::parse(tier);
                    const tiers::Tier* found =
                        id ? context_.snapshot->get<tiers::Tiers>().find(*id) : nullptr;
                    return found ? found->name : std::string(tier);
                }};
    }

  private:
    const projects::ReadContext& context_;
    std::map<RawId, std::string> order_sources_;
    std::vector<projects::SnapshotPtr> kept_;
};

inline http::Response cursor_list(json::array data, bool has_more, const std::string& last) {
    json::object out{{"object", "list"},
                     {"data_ref", "data"},
                     {"data", std::move(data)},
                     {"has_more", has_more}};
    if (has_more) out["more_starting_after"] = last;
    return http::json_response(to_text(out));
}

}  // namespace perennial::flows
