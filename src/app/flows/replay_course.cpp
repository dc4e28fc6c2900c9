#include "app/flows/replay_course.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "app/flows/order_earning.hpp"
#include "modules/campaigns/document.hpp"

namespace perennial::flows {

using ledger::EntryKind;

std::string_view text_in(std::string_view detail, std::string_view key) {
    const std::string quoted = "\"" + std::string(key) + "\":\"";
    const auto at = detail.find(quoted);
    if (at == std::string_view::npos) return {};
    const auto from = at + quoted.size();
    return detail.substr(from, detail.find('"', from) - from);
}

Course course_of(const History& history, const RawId& program, bool with_returns) {
    Course out;
    const auto& orders = history.orders;
    out.orders.resize(orders.size());
    std::vector<std::uint32_t> award_lots;
    std::unordered_map<RawId, std::uint32_t, RawIdHash> by_id;
    const bool has_entries = !history.entries.empty();
    for (std::uint32_t i = 0; i < orders.size(); ++i) {
        const orders::Order& order = orders[i].order;
        OrderCourse& state = out.orders[i];
        state.under = order.decision->under(program);
        std::int64_t recorded = order.id.time_ms();
        bool has_awards = false;
        bool gave_back = false;  // also lines that nothing was paid for
        for (const orders::Award& award : order.decision->awards)
            if (award.program == program) {
                if (!has_awards && !award.entry.is_nil()) recorded = award.entry.time_ms();
                has_awards = true;
                gave_back = gave_back || !award.taken_back.is_zero();
                if (has_entries) award_lots.push_back(award.lot);
            }
        // At the very moment of joining the machine's clock says which came first.
        state.matters = has_awards || state.under.claimed_at > history.card.created_at ||
                        (state.under.claimed_at == history.card.created_at &&
                         order.id.time_ms() >= history.card.id.time_ms());
        if (!state.matters || was_off(*order.decision, program)) {
            state.matters = false;
            continue;
        }
        state.came_back = gave_back || order.status == orders::Status::canceled ||
                          !order.returned_amount.is_zero();
        if (has_entries) by_id.emplace(order.id, i);
        out.moments.push_back({state.under.claimed_at, recorded, 0, i, Moment::Kind::order});
    }
    for (std::uint32_t i = 0; i < history.events.size(); ++i) {
        const events::Event& event = history.events[i];
        if (event.created_at < history.card.created_at) continue;
        if (has_entries) {
            by_id.emplace(event.id, static_cast<std::uint32_t>(orders.size() + i));
            if (event.decision)
                for (const events::Award& award : event.decision->awards)
                    if (award.program == program) award_lots.push_back(award.lot);
        }
        out.moments.push_back({event.created_at, event.id.time_ms(), 0, i, Moment::Kind::event});
    }
    std::ranges::sort(award_lots);
    for (std::uint32_t i = 0; i < history.entries.size(); ++i) {
        const ledger::Entry& entry = history.entries[i];
        const auto found = by_id.find(entry.cause);
        const bool earned = entry.kind == EntryKind::accrual ||
                            entry.kind == EntryKind::pending_accrual;
        const bool taken = entry.kind == EntryKind::cancellation ||
                           entry.kind == EntryKind::pending_cancellation;
        if (found != by_id.end() && (earned || taken)) {
            if (found->second >= out.orders.size()) continue;
            OrderCourse& state = out.orders[found->second];
            if (earned && state.seq == 0) state.seq = entry.seq;
            if (taken) {
                state.came_back = true;
                if (!state.back_at) {
                    state.back_at = entry.effective_at;
                    state.back_recorded = entry.id.time_ms();
                    state.back_seq = entry.seq;
                }
                state.posted_back += -(entry.points + entry.pending);
                const auto rule = campaigns::parse_id(text_in(entry.detail, "rule"),
                                                      earning::RuleTag::prefix);
                if (rule && with_returns && state.matters) {
                    out.moments.push_back({entry.effective_at, entry.id.time_ms(), entry.seq,
                                           static_cast<std::uint32_t>(out.parts.size()),
                                           Moment::Kind::part});
                    out.parts.push_back({found->second, *rule, -(entry.points + entry.pending)});
                }
            }
            continue;
        }
        if (entry.kind == EntryKind::activation && !entry.lots.empty() &&
            std::ranges::binary_search(award_lots, entry.lots.front().lot))
            continue;
        if (text_in(entry.detail, "by") == "rescore") continue;
        out.moments.push_back({entry.effective_at, entry.id.time_ms(), entry.seq, i, Moment::Kind::entry});
    }
    for (Moment& moment : out.moments)
        if (moment.kind == Moment::Kind::order) moment.seq = out.orders[moment.index].seq;
    for (std::uint32_t i = 0; i < orders.size(); ++i) {
        const OrderCourse& state = out.orders[i];
        if (!state.matters || !state.came_back || !with_returns) continue;
        const Timestamp known = state.back_at.value_or(
            orders[i].order.updated_at.value_or(state.under.claimed_at));
        out.moments.push_back({std::max(known, state.under.claimed_at),
                            state.back_at ? state.back_recorded : INT64_MAX, state.back_seq, i,
                            Moment::Kind::back});
    }
    std::ranges::stable_sort(out.moments, {}, [](const Moment& m) {
        return std::tuple(m.at, m.recorded, m.seq);
    });
    return out;
}

}  // namespace perennial::flows
