#include "app/flows/liability_routes.hpp"

#include <cmath>

#include "app/flows/answer_examples.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/liability.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using ledger::EntryKind;
using ledger::Totals;
using members::PointValue;
using projects::Permission;
using projects::ReadContext;

struct Wish {
    Timestamp at;
    std::optional<PointValue> what_if_value;
    std::optional<int> what_if_months;
};

Result<Wish> read_wish(const Request& request, const ReadContext& context, const TimeZone& zone) {
    http::QueryReader query(request.query);
    Wish out{context.now, {}, {}};
    if (const auto text = query.text("as_of")) {
        if (const auto day = Date::parse(*text))
            out.at = zone.end_of(*day) + -1;
        else if (const auto at = query.timestamp("as_of"))
            out.at = *at;
        // Today is not over: what is true of it is what is true now.
        if (query.ok() && zone.local_date(out.at) == zone.local_date(context.now))
            out.at = std::min(out.at, context.now);
        if (out.at > context.now) query.wrong("as_of", "range", "must not be in the future");
    }
    if (const auto text = query.text("what_if_point_value")) {
        out.what_if_value = PointValue::parse(*text);
        if (!out.what_if_value)
            query.wrong("what_if_point_value", "format",
                        "must be minor units a point such as 0.5, with up to 6 places");
    }
    if (const auto months = query.integer("what_if_end_after_months", 1, 1200))
        out.what_if_months = static_cast<int>(*months);
    if (!query.ok()) return query.refuse();
    return out;
}

// As changes of what members hold: opening plus all of them is closing.
json::object month_json(const std::string& month, std::int64_t opening, std::int64_t pending,
                        const Totals& moved) {
    return {{"month", month},
            {"opening", opening},
            {"issued", moved[EntryKind::accrual] + moved[EntryKind::activation]},
            {"taken_back", moved[EntryKind::cancellation]},
            {"redeemed", -moved.redeemed()},
            {"expired", -moved.expired()},
            {"adjusted", -moved.adjusted()},
            {"transferred", -moved.transferred()},
            {"closing", opening + moved.spendable()},
            {"opening_pending", pending},
            {"pending_added", moved[EntryKind::pending_accrual]},
            {"pending_canceled", moved[EntryKind::pending_cancellation]},
            {"pending_activated", -moved[EntryKind::activation]},
            {"closing_pending", pending + moved.pending()}};
}

json::array ages_json(const members::Outstanding& held) {
    struct Band {
        int from;
        int to;
    };
    static constexpr std::array<Band, 6> bands{
        {{0, 2}, {3, 5}, {6, 11}, {12, 23}, {24, 35}, {36, 1'000'000}}};
    json::array out;
    for (const Band& band : bands) {
        std::int64_t points = 0;
        for (const auto& [age, some] : held.by_age)
            if (age >= band.from && age <= band.to) points += some;
        json::object one{{"from_months", band.from}};
        one["to_months"] = band.to == bands.back().to ? json::value(nullptr) : json::value(band.to);
        one["points"] = points;
        out.push_back(std::move(one));
    }
    return out;
}

json::value breakage_json(const std::optional<members::Breakage>& found,
                          const std::optional<PointValue>& value, std::int64_t active) {
    if (!found) return nullptr;
    // Shares of an estimate: thousandths are more than it knows.
    auto rounded = [](double share) { return std::round(share * 10'000) / 10'000; };
    const auto points = static_cast<std::int64_t>(std::llround(found->rate * static_cast<double>(active)));
    json::object out{{"rate", rounded(found->rate)},
                     {"interval", {{"low", rounded(found->low)},
                                   {"high", rounded(found->high)},
                                   {"level", 0.9}}},
                     {"undetermined", rounded(found->undetermined)},
                     {"points", points},
                     {"history_months", found->months},
                     {"method", "life table of monthly cohorts, bootstrap over cohorts"}};
    if (value) out["value"] = value->of(points);
    return out;
}

Result<http::Response> liability(const Request& request, const ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    TRY(definition, campaigns::need_program(snapshot, request.path_params[0]));
    const ledger::ProgramId program(definition->id);
    const members::Rulebook book = members::rulebook(snapshot, program);
    TRY(wish, read_wish(request, context, book.zone));
    const auto value = PointValue::parse(campaigns::text_of(definition->doc, "point_value"));
    const members::ProgramState state = members::state_at(
        context.tx, context.project, program, book, wish.at, context.now);
    const members::Outstanding& held = state.held;

    json::array rows;
    std::int64_t closing = 0;
    std::int64_t closing_pending = 0;
    for (const auto& [month, moved] : state.months) {
        rows.push_back(month_json(month, closing, closing_pending, moved));
        closing += moved.spendable();
        closing_pending += moved.pending();
    }
    const std::int64_t net = held.active - held.debt;
    json::object out{{"object", "liability"},
                     {"campaign_id", program.text()},
                     {"campaign", definition->name},
                     {"as_of", wish.at.iso()},
                     {"currency", snapshot.project().settings.currency},
                     {"point_value", value ? json::value(value->text()) : json::value(nullptr)},
                     {"cards", held.cards},
                     {"points", {{"active", held.active},
                                 {"pending", held.pending},
                                 {"debt", held.debt},
                                 {"net", net}}}};
    if (value)
        out["value"] = {{"active", value->of(held.active)},
                        {"pending", value->of(held.pending)},
                        {"debt", value->of(held.debt)},
                        {"net", value->of(net)}};
    out["by_age"] = ages_json(held);
    json::array ends;
    for (const auto& [month, points] : held.by_end)
        ends.push_back({{"month", month.empty() ? json::value(nullptr) : json::value(month)},
                        {"points", points}});
    out["by_end"] = std::move(ends);
    out["roll_forward"] = std::move(rows);
    out["ties"] = {{"ledger", closing},
                   {"cards", net},
                   {"difference", closing - net},
                   {"pending_difference", closing_pending - held.pending}};
    out["expected_breakage"] = breakage_json(
        members::expected_breakage(state.months,
                                   ledger::cohorts(context.tx, context.project, program),
                                   ledger::month_of(wish.at, book.zone)),
        value, held.active);
    if (wish.what_if_value || wish.what_if_months) {
        std::int64_t would_end = 0;
        for (const auto& [age, points] : held.by_age)
            if (wish.what_if_months && age >= *wish.what_if_months) would_end += points;
        const auto valued = wish.what_if_value ? wish.what_if_value : value;
        json::object what_if{{"would_end", would_end}, {"net", net - would_end}};
        if (wish.what_if_months) what_if["end_after_months"] = *wish.what_if_months;
        if (valued) {
            what_if["point_value"] = valued->text();
            what_if["value"] = valued->of(net - would_end);
            if (value) what_if["change"] = valued->of(net - would_end) - value->of(net);
        }
        out["what_if"] = std::move(what_if);
    }
    return http::json_response(to_text(out));
}

}  // namespace

projects::Routes liability_routes() {
    return {
        {Method::get, "/v1/loyalties/{campaignId}/liability", Permission::read,
         {"Programs",
          "What a program owes: points by state and age, from month to month, expected breakage", "",
          examples::liability, {"as_of", "what_if_point_value", "what_if_end_after_months"}},
         liability},
    };
}

}  // namespace perennial::flows
