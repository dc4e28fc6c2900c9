#include "modules/members/statement.hpp"

#include <fmt/format.h>

#include "modules/campaigns/document.hpp"
#include "modules/members/codec.hpp"

namespace perennial::members {
namespace {

using campaigns::integer_of;
using campaigns::text_of;
using ledger::EntryKind;

std::string with(std::string text, std::string_view more) {
    if (!more.empty()) text += fmt::format(": {}", more);
    return text;
}

std::string cause_words(const json::object& detail, const std::string& order_id,
                        const Names& names) {
    const std::string_view by = text_of(detail, "by");
    if (by == "order") {
        const std::string source = names.order(order_id);
        return fmt::format("order {}", source.empty() ? order_id : source);
    }
    if (by == "event") return fmt::format("event {}", text_of(detail, "event"));
    if (by == "tier") return "change of tier";
    return "";
}

std::string rule_words(const json::object& detail, const Names& names) {
    const std::string_view rule = text_of(detail, "rule");
    if (rule.empty()) return "";
    const std::string name = names.rule(rule, integer_of(detail, "v", 0));
    return name.empty() ? std::string(rule) : name;
}

std::string earned_words(std::string_view verb, const json::object& detail,
                         const std::string& order_id, const Names& names) {
    std::string out = with(std::string(verb), rule_words(detail, names));
    if (const std::string cause = cause_words(detail, order_id, names); !cause.empty())
        out += fmt::format(" ({})", cause);
    if (const auto base = integer_of(detail, "base"))
        out += fmt::format(", {} before the tier's mapping", *base);
    return out;
}

std::string taken_words(const json::object& detail, const std::string& order_id,
                        const Names& names) {
    std::string out = with("Taken back", cause_words(detail, order_id, names));
    if (const auto reason = text_of(detail, "reason"); !reason.empty())
        out += fmt::format(", {}", reason);
    if (const auto expired = integer_of(detail, "expired"))
        out += fmt::format("; {} had expired already", *expired);
    if (const auto missing = integer_of(detail, "shortfall"))
        out += fmt::format("; {} were spent and could not be taken", *missing);
    return out;
}

// A notice leaves the tier as it is, and says what will become of it.
std::string tier_words(const ledger::Posting& posting, const json::object& detail,
                       const Names& names) {
    const auto day = [&](std::string_view name) { return text_of(detail, name).substr(0, 10); };
    const std::string tier = posting.tier.is_nil() ? "" : names.tier(posting.tier.text());
    const std::string_view notice = text_of(detail, "notice");
    if (notice == "grace") return fmt::format("Tier {} is lost, and kept until {}", tier, day("until"));
    if (notice == "next")
        return fmt::format("Tier {} is reached, and begins on {}",
                           names.tier(text_of(detail, "tier")), day("at"));
    if (notice == "next_canceled") return "The next tier is no longer reached";
    std::string out = posting.tier.is_nil() ? "Left all tiers" : with("Tier", tier);
    if (text_of(detail, "by") == "manual")
        out += campaigns::boolean_of(detail, "by_hand", false) ? ", given by hand" : ", no longer by hand";
    if (campaigns::boolean_of(detail, "retier", false)) out += ", after a change of the program";
    if (const auto reason = text_of(detail, "reason"); !reason.empty())
        out += fmt::format(" ({})", reason);
    return out;
}

// Orders and events were decided anew: what they gave before and give now.
std::string rescored_words(const ledger::Posting& posting, const json::object& detail) {
    std::string out = fmt::format(
        "Orders and events under the rules of today: {} points instead of {}",
        campaigns::integer_of(detail, "now", 0), campaigns::integer_of(detail, "was", 0));
    if (const auto missing = campaigns::integer_of(detail, "shortfall"))
        out += fmt::format(", {} of them spent already", *missing);
    if (posting.points.is_zero()) out += ", while pending";
    return out;
}

std::string words(const ledger::Posting& posting, const json::object& detail,
                  const std::string& order_id, const Names& names) {
    const std::string_view reason = text_of(detail, "reason");
    if (text_of(detail, "by") == "rescore") return rescored_words(posting, detail);
    switch (posting.kind) {
        case EntryKind::accrual: return earned_words("Earned", detail, order_id, names);
        case EntryKind::pending_accrual:
            if (text_of(detail, "by") == "adjustment")
                return with("Added by hand, pending", reason);
            return earned_words("Earned, pending", detail, order_id, names);
        case EntryKind::activation: return with("Pending points became spendable", reason);
        case EntryKind::cancellation: return taken_words(detail, order_id, names);
        case EntryKind::pending_cancellation:
            if (text_of(detail, "by") == "adjustment")
                return with("Removed by hand, while pending", reason);
            return text_of(detail, "by") == "manual"
                       ? with("Pending points canceled", reason)
                       : taken_words(detail, order_id, names) + ", while pending";
        case EntryKind::redemption: return with("Reward", text_of(detail, "reward_name"));
        case EntryKind::refund:
            return with(with("Reward given back", text_of(detail, "reward_name")), reason);
        case EntryKind::addition:
            return text_of(detail, "by") == "enrolment" ? "Welcome points of a new card"
                                                        : with("Added by hand", reason);
        case EntryKind::removal: return with("Removed by hand", reason);
        case EntryKind::expiration: return "Expired";
        case EntryKind::transfer_in: return with("Transferred in", reason);
        case EntryKind::transfer_out: return with("Transferred out", reason);
        case EntryKind::tier_change:
            return tier_words(posting, detail, names);
    }
    return "";
}

std::string type_of(EntryKind kind) {
    switch (kind) {
        case EntryKind::pending_accrual: return "PENDING_POINTS";
        case EntryKind::pending_cancellation: return "PENDING_POINTS_CANCELLATION";
        case EntryKind::tier_change: return "TIER";
        default: return std::string(ledger::transaction_type(kind));
    }
}

// How many columns a terminal needs for it: code points, good enough for names of rules.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::vector<ledger::Posting> due_postings(ledger::Card stored, const Rulebook& book,
                                          Timestamp now) {
    std::vector<ledger::Posting> out;
    roll_forward(stored, book, now, [&](Step step) {
        ledger::apply(step.posting, stored);
        if (step.move) apply_move(*step.move, stored);
        out.push_back(std::move(step.posting));
    });
    return out;
}

Statement make_statement(const std::vector<ledger::Entry>& oldest_first,
                         const std::vector<ledger::Posting>& due, std::optional<Timestamp> from,
                         Timestamp at, const Names& names, const Before& before) {
    Statement out;
    out.from = from;
    out.at = at;
    out.opening = out.closing = before.balance;
    out.pending = before.pending;
    if (!before.tier.is_nil()) out.tier = names.tier(before.tier.text());
    struct Fact {
        const ledger::Posting* posting;
        const ledger::Entry* entry;  // null = due, not saved
    };
    std::vector<Fact> facts;
    for (const ledger::Entry& entry : oldest_first)
        if (entry.effective_at <= at) facts.push_back({&entry, &entry});
    for (const ledger::Posting& posting : due)
        if (posting.effective_at <= at) facts.push_back({&posting, nullptr});
    std::ranges::stable_sort(facts, {}, [](const Fact& f) { return f.posting->effective_at; });
    for (const auto& [posting, entry] : facts) {
        out.closing += posting->points;
        out.pending += posting->pending;
        if (posting->kind == EntryKind::tier_change)
            out.tier = posting->tier.is_nil() ? "" : names.tier(posting->tier.text());
        if (from && posting->effective_at < *from) {
            out.opening = out.closing;
            continue;
        }
        const json::object detail = entry ? detail_of(*entry) : json::object();
        const std::string order_id =
            entry && text_of(detail, "by") == "order" ? "ord_" + entry->cause.hex() : "";
        out.lines.push_back({posting->effective_at, entry ? entry->id.text() : "",
                             type_of(posting->kind), words(*posting, detail, order_id, names),
                             posting->points, posting->pending, out.closing});
    }
    return out;
}

json::object to_json(const Statement& statement, const ledger::Card& card,
                     std::string_view campaign) {
    json::array lines;
    for (const StatementLine& line : statement.lines)
        lines.push_back({{"at", line.at.iso()},
                         {"id", line.id.empty() ? json::value(nullptr) : json::value(line.id)},
                         {"type", line.type},
                         {"reason", line.reason},
                         {"points", line.points.value},
                         {"pending_points", line.pending.value},
                         {"balance", line.balance.value}});
    return {{"object", "statement"},
            {"voucher", embedded_json(card, campaign)},
            {"from", statement.from ? json::value(statement.from->iso()) : json::value(nullptr)},
            {"at", statement.at.iso()},
            {"opening_balance", statement.opening.value},
            {"closing_balance", statement.closing.value},
            {"pending_points", statement.pending.value},
            {"loyalty_tier",
             statement.tier.empty() ? json::value(nullptr) : json::value(statement.tier)},
            {"data_ref", "lines"},
            {"lines", std::move(lines)}};
}

std::string to_table(const Statement& statement, const ledger::Card& card,
                     std::string_view campaign, const TimeZone& zone) {
    constexpr std::size_t reason_min = 20;
    std::size_t reason = reason_min;
    for (const StatementLine& line : statement.lines)
        reason = std::max(reason, width_of(line.reason));
    auto wall = [&](Timestamp at) {
        std::string text = zone.local_iso(at).substr(0, 16);
        text[10] = ' ';
        return text;
    };
    auto row = [&](std::string_view at, std::string_view what, std::string_view points,
                   std::string_view pending, std::string_view balance) {
        std::string padded(what);
        padded.append(reason - std::min(reason, width_of(what)), ' ');
        return fmt::format("{:<16}  {}  {:>9}  {:>9}  {:>9}\n", at, padded, points, pending,
                           balance);
    };
    auto signed_or_blank = [](Points points) {
        return points.is_zero() ? std::string() : fmt::format("{:+}", points.value);
    };
    std::string out = fmt::format("{}  card {}  times in {}\n", campaign, card.code, zone.name());
    out += row("", "", "points", "pending", "balance");
    if (statement.from)
        out += row(wall(*statement.from), "Opening balance", "", "",
                   std::to_string(statement.opening.value));
    for (const StatementLine& line : statement.lines)
        out += row(wall(line.at), line.reason, signed_or_blank(line.points),
                   signed_or_blank(line.pending), std::to_string(line.balance.value));
    out += row(wall(statement.at), "Balance", "", std::to_string(statement.pending.value),
               std::to_string(statement.closing.value));
    if (!statement.tier.empty()) out += fmt::format("Tier: {}\n", statement.tier);
    return out;
}

}  // namespace perennial::members
