#include "modules/members/yearly.hpp"

#include "modules/earning/decide.hpp"

namespace perennial::members {
namespace {

using earning::Trigger;
using Rules = std::vector<const earning::Rule*>;

constexpr int per_year = 10'000;

// The card's birthday is packed: the last year in which it earned, month and day.
int month_of(const ledger::Card& card) { return static_cast<int>(card.birthday % per_year / 100); }
int day_of(const ledger::Card& card) { return static_cast<int>(card.birthday % 100); }
int year_of(const ledger::Card& card) { return static_cast<int>(card.birthday / per_year); }

const Rules& rules_of(const ledger::Card& card, const Rulebook& book) {
    static const Rules none;
    if (book.rules == nullptr) return none;
    const auto found = book.rules->on_yearly.find(card.program);
    return found == book.rules->on_yearly.end() ? none : found->second;
}

bool any(const Rules& rules, Trigger trigger) {
    return std::ranges::any_of(
        rules, [&](const earning::Rule* rule) { return rule->trigger == trigger; });
}

// The next day after `after` that some rule waits for.
std::optional<Timestamp> next_day(const ledger::Card& card, const Rulebook& book, Date after) {
    const Rules& rules = rules_of(card, book);
    std::optional<Date> next;
    const auto consider = [&](int first_year, int month, int day) {
        for (int year = std::max(first_year, after.year); year <= after.year + 2; ++year)
            if (const Date date = celebrated_in(year, month, day); date > after) {
                if (!next || date < *next) next = date;
                return;
            }
    };
    if (card.birthday % per_year != 0 && any(rules, Trigger::birthday))
        consider(year_of(card) + 1, month_of(card), day_of(card));
    if (any(rules, Trigger::anniversary)) {
        const Date joined = book.zone.local_date(card.created_at);
        consider(joined.year + 1, joined.month, joined.day);
    }
    return next ? std::optional(book.zone.start_of(*next)) : std::nullopt;
}

void give(ledger::Card& card, const Rulebook& book, const earning::Rule& rule, Timestamp at,
          FunctionRef<void(Step)> take) {
    const tiers::Tier* tier = card.tier.is_nil() ? nullptr : book.tiers.find(card.tier);
    earning::CustomerFacts customer;
    customer.points = card.balance.value;
    if (tier != nullptr) customer.tier = tier->name;
    const Date day = book.zone.local_date(at);
    const std::string date = day.iso();
    const earning::ContextFacts context{at, book.zone.local_hour(at), day.weekday(), date, "SYSTEM"};
    const earning::Outcome outcome =
        earning::evaluate(rule, {&customer, nullptr, nullptr, &context}, {tier, {}, false},
                          [](const auto&, const auto&) { return false; }, at);
    if (outcome.reason != earning::Outcome::Reason::earned) return;
    const campaigns::ExpirationRule& ends =
        rule.expiration ? *rule.expiration : book.program.expiration;
    auto posting = ledger::credit(card, ledger::EntryKind::accrual, outcome.points, at,
                                  campaigns::expires_at(ends, at, book.zone));
    if (!posting) return;  // more than a card can hold
    keep_alive(card, book, *posting);
    take({*std::move(posting), std::nullopt, &rule, std::nullopt});
    tiers::count_points(card, book.program, outcome.points, at, book.zone);
    settle_tier(card, book, at, take);
}

}  // namespace

Date celebrated_in(int year, int month, int day) {
    const Date last = Date{year, month, 1}.end_of_month();
    return {year, month, std::min(day, last.day)};
}

bool note_birthday(ledger::Card& card, const Rulebook& book, std::string_view birthdate,
                   std::optional<Date> known, std::optional<Timestamp> changed_at) {
    const Rules& rules = rules_of(card, book);
    if (rules.empty()) return std::exchange(card.yearly_at, std::nullopt).has_value();
    if (card.yearly_at && !known) return false;
    const std::optional<Date> born = Date::parse(birthdate);
    const std::int64_t before = card.birthday;
    card.birthday += (born ? born->month * 100 + born->day : 0) - card.birthday % per_year;
    std::optional<Date> after = known;
    if (!after) {
        Timestamp since{INT64_MAX};
        for (const earning::Rule* rule : rules) since = std::min(since, rule->created_at);
        since = std::max(since, card.created_at);
        after = book.zone.local_date(std::max(since, changed_at.value_or(since)));
    }
    const auto next = next_day(card, book, *after);
    return std::exchange(card.yearly_at, next) != next || card.birthday != before;
}

void celebrate(ledger::Card& card, const Rulebook& book, FunctionRef<void(Step)> take) {
    CHECK(card.yearly_at.has_value());
    const Timestamp at = *card.yearly_at;
    const Date today = book.zone.local_date(at);
    const Rules& rules = rules_of(card, book);
    const Date joined = book.zone.local_date(card.created_at);
    const bool is_birthday =
        card.birthday % per_year != 0 && year_of(card) < today.year &&
        celebrated_in(today.year, month_of(card), day_of(card)) == today;
    const bool is_anniversary = joined.year < today.year &&
                                celebrated_in(today.year, joined.month, joined.day) == today;
    if (is_birthday && any(rules, Trigger::birthday))
        card.birthday = static_cast<std::int64_t>(today.year) * per_year + card.birthday % per_year;
    card.yearly_at = next_day(card, book, today);
    if (!card.active || !book.program.runs_at(at)) return;
    for (const earning::Rule* rule : rules)
        if (rule->trigger == Trigger::birthday ? is_birthday : is_anniversary)
            give(card, book, *rule, at, take);
}

}  // namespace perennial::members
