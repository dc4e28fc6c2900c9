#include "app/flows/tier_routes.hpp"

#include <fmt/format.h>

#include "app/flows/give_tier.hpp"
#include "app/flows/retier.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/campaigns/economics.hpp"
#include "modules/earning/model.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/queries.hpp"
#include "modules/projects/requests.hpp"
#include "modules/tiers/codec.hpp"
#include "modules/tiers/store.hpp"

namespace perennial::flows {
namespace {

namespace kind = projects::definition_kind;
using campaigns::TierPolicy;
using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ReadContext;

constexpr std::int64_t million = 1'000'000;

json::value time_or_null(const std::optional<Timestamp>& time) {
    return time ? json::value(time->iso()) : json::value(nullptr);
}

std::string_view held_as(const ledger::Card& card) {
    switch (card.tier_state.hold) {
        case ledger::TierState::Hold::none: return "REACHED";
        case ledger::TierState::Hold::grace: return "GRACE";
        case ledger::TierState::Hold::by_hand:
        case ledger::TierState::Hold::by_hand_at_least: return "BY_HAND";
    }
    return "";
}

// The member's tier with its dates, and the way to the next one.
json::object member_tiers(const projects::Snapshot& snapshot, const ledger::Card& card,
                          const members::Rulebook& book, Timestamp now) {
    json::array data;
    const tiers::Tier* held = card.tier.is_nil() ? nullptr : book.tiers.find(card.tier);
    if (const projects::Definition* tier =
            held == nullptr ? nullptr : snapshot.find(kind::loyalty_tier, card.tier)) {
        json::object one = tiers::to_json(*tier);
        const Timestamp since = card.tier_since.value_or(card.created_at);
        json::object expiration{
            {"customer_id", "cust_" + card.customer.hex()}, {"campaign_id", card.program.text()},
            {"tier_id", card.tier.text()},                  {"start_date", since.iso()},
            {"created_at", since.iso()},                    {"held_as", held_as(card)}};
        if (card.tier_until) expiration["expiration_date"] = card.tier_until->iso();
        one["expiration"] = std::move(expiration);
        data.push_back(std::move(one));
    }
    const std::size_t total = data.size();
    json::object out{{"object", "list"}, {"data_ref", "data"}, {"data", std::move(data)},
                     {"total", total}};
    const tiers::Standing standing = tiers::standing_at(card, book.program, now, book.zone);
    const tiers::Tier* next = book.tiers.above(book.program, held);
    json::object ahead = tiers::link_json(next);
    if (next != nullptr) {
        ahead["match"] = next->requirements && next->requirements->any ? "ANY" : "ALL";
        ahead["needs"] = tiers::needs_json(tiers::needs_of(*next, book.program, standing));
    }
    out["next_tier"] = next == nullptr ? json::value(nullptr) : json::value(std::move(ahead));
    if (const tiers::Tier* waits = card.tier_state.next.is_nil()
                                       ? nullptr
                                       : book.tiers.find(card.tier_state.next)) {
        json::object begins = tiers::link_json(waits);
        begins["start_date"] = time_or_null(card.tier_state.next_at);
        out["begins_next"] = std::move(begins);
    }
    return out;
}

Result<http::Response> list_tiers(const Request& request, const ReadContext& context) {
    TRY(member, members::find_member(context, request.path_params));
    return http::json_response(
        to_text(member_tiers(*context.snapshot, member.card, member.book, context.now)));
}

Command command_of(GiveTier wish, projects::ProjectNumber project,
                   std::function<http::Response(const Context&, ledger::Card&)> answer) {
    const auto shared = std::make_shared<const GiveTier>(std::move(wish));
    Command command;
    command.lane = projects::lane_of<ledger::CardId>(shared->member);
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.run = [shared, answer](const Context& context) -> Result<http::Response> {
        TRY(card, give_tier(*shared, context));
        return answer(context, *card);
    };
    return command;
}

GiveTier named(const Request& request) {
    GiveTier wish;
    wish.member = request.path_params.back();
    if (request.path_params.size() > 1) wish.campaign = request.path_params[0];
    return wish;
}

Result<Command> give(const Request& request, projects::ProjectNumber project,
                     const projects::Actor&) {
    TRY(body, parse_json(request.body));
    Issues issues;
    JsonReader reader(body, issues);
    GiveTier wish = named(request);
    reader.require("tier");
    wish.tier = reader.text("tier", 255).value_or("");
    reader.require("reason");
    wish.reason = reader.text("reason", 255).value_or("");
    wish.at_least = reader.boolean("at_least").value_or(false);
    // A date alone is its whole day; with a time, that moment.
    if (const auto text = reader.text("expiration_date", 64)) {
        if (text->size() == 10)
            wish.last_day = reader.date("expiration_date");
        else
            wish.until = reader.timestamp("expiration_date");
    }
    if (issues.empty() && wish.tier.empty()) reader.wrong("tier", "required", "must not be empty");
    if (issues.empty() && wish.reason.empty())
        reader.wrong("reason", "required", "must not be empty");
    if (!issues.empty()) return issues.refuse();
    return command_of(std::move(wish), project, [](const Context& context, ledger::Card& card) {
        return http::json_response(
            to_text(member_tiers(*context.snapshot, card,
                                 members::rulebook(*context.snapshot, card.program),
                                 context.now)));
    });
}

Result<Command> take_away(const Request& request, projects::ProjectNumber project,
                          const projects::Actor&) {
    http::QueryReader query(request.query);
    GiveTier wish = named(request);
    wish.reason = query.text("reason", 255).value_or("");
    if (!query.ok()) return query.refuse();
    return command_of(std::move(wish), project,
                      [](const Context&, ledger::Card&) { return http::no_content(); });
}

// How near the next tier is: the share of what is farthest (ANY: nearest), in millionths. Tenure
// comes by itself and does not count.
std::optional<std::int64_t> nearness(const tiers::Tier& next, const campaigns::Program& program,
                                     const tiers::Standing& standing) {
    const bool any = next.requirements && next.requirements->any;
    std::optional<std::int64_t> share;
    for (const tiers::Need& need : tiers::needs_of(next, program, standing)) {
        if (need.metric == TierPolicy::Metric::tenure || need.needed <= 0) continue;
        const int128_t own = static_cast<int128_t>(std::clamp<std::int64_t>(
                                 need.have, 0, need.needed)) * million / need.needed;
        const auto part = static_cast<std::int64_t>(own);
        if (!share || (any ? part > *share : part < *share)) share = part;
    }
    return share;
}

// Examines at most a bounded number of cards, oldest first; the cursor goes on after the last one.
Result<http::Response> list_stuck(const Request& request, const ReadContext& context) {
    constexpr std::int64_t examined_max = 2000;
    TRY(program_doc, campaigns::need_program(*context.snapshot, request.path_params[0]));
    http::QueryReader query(request.query);
    const std::int64_t within = query.integer("within", 1, 99).value_or(10);
    const std::int64_t idle_days = query.integer("idle_days", 0, 3660).value_or(30);
    const std::int64_t limit = query.integer("limit", 1, 100).value_or(10);
    const auto after = query.text("starting_after_id", 64);
    ledger::CardId from;
    if (after) {
        const auto id = ledger::CardId::parse(*after);
        if (!id) query.wrong("starting_after_id", "format", "must be the id of a card (v_…)");
        from = id.value_or(ledger::CardId());
    }
    if (!query.ok()) return query.refuse();
    const ledger::ProgramId program(program_doc->id);
    const members::Rulebook book = members::rulebook(*context.snapshot, program);
    const Timestamp idle_since{context.now.ms - idle_days * day_ms};
    json::array data;
    const auto ids =
        tiers::next_members(context.tx, context.project, program, from, examined_max + 1);
    std::size_t examined = 0;
    ledger::CardId last;
    for (const ledger::CardId& id : ids) {
        if (examined == static_cast<std::size_t>(examined_max) || std::ssize(data) == limit) break;
        ++examined;
        last = id;
        auto stored = ledger::load_card(context.tx, context.project, id);
        if (!stored || !stored->active || stored->customer.is_nil()) continue;
        const ledger::Card card = members::rolled(*std::move(stored), book, context.now);
        if (tiers::is_by_hand(card)) continue;
        const tiers::Tier* held = card.tier.is_nil() ? nullptr : book.tiers.find(card.tier);
        const tiers::Tier* next = book.tiers.above(book.program, held);
        if (next == nullptr) continue;
        const Timestamp moved =
            std::max(card.tier_state.counted_at.value_or(card.created_at),
                     card.tier_since.value_or(card.created_at));
        if (moved > idle_since) continue;
        const auto standing = tiers::standing_at(card, book.program, context.now, book.zone);
        const auto share = nearness(*next, book.program, standing);
        if (!share || *share < (100 - within) * 10'000 ||
            tiers::is_reached(*next, book.program, standing))
            continue;
        data.push_back({{"id", card.id.text()},
                        {"code", card.code},
                        {"customer_id", "cust_" + card.customer.hex()},
                        {"loyalty_tier", tiers::link_json(held)},
                        {"next_tier", tiers::link_json(next)},
                        {"reached_percent", campaigns::millionths_text(
                                                static_cast<int128_t>(*share) * 100)},
                        {"needs", tiers::needs_json(tiers::needs_of(*next, book.program, standing))},
                        {"last_counted_at", time_or_null(card.tier_state.counted_at)},
                        {"object", "stuck_member"}});
    }
    const bool has_more = examined < ids.size();
    json::object out{{"object", "list"}, {"data_ref", "data"}, {"data", std::move(data)},
                     {"has_more", has_more}};
    if (has_more) out["more_starting_after"] = last.text();
    return http::json_response(to_text(out));
}

constexpr const char* give_example =
    R"({"tier":"Gold","expiration_date":"2036-06-30","reason":"Guest of the opening"})";
constexpr const char* tiers_example =
    R"({"object":"list","data_ref":"data","data":[],"total":0,"next_tier":{"id":)"
    R"("ltr_019a7f3e20004f1b8d5c3b2a19080706","name":"Gold","match":"ALL","needs":[{"metric":)"
    R"("points","needed":1000,"counted":940,"missing":60}]}})";
constexpr const char* stuck_example =
    R"({"object":"list","data_ref":"data","data":[],"has_more":false})";

}  // namespace

projects::Routes tier_routes() {
    projects::Routes out;
    for (const std::string path : {"/v1/loyalties/members/{memberId}/tiers",
                                   "/v1/loyalties/{campaignId}/members/{memberId}/tiers"}) {
        out.push_back({Method::get, path, Permission::read,
                       {"Members", "The member's tier with its dates, and what the next one asks for",
                        "", tiers_example},
                       list_tiers});
        out.push_back({Method::post, path, Permission::write,
                       {"Members", "Give a tier by hand until a date (ours)", give_example,
                        tiers_example},
                       nullptr, give});
        out.push_back({Method::delete_, path, Permission::write,
                       {"Members", "End a tier that was given by hand (ours)", "", "", {"reason"}},
                       nullptr, take_away});
    }
    out.push_back({Method::get, "/v1/loyalties/{campaignId}/stuck-members", Permission::read,
                   {"Members",
                    "Members within some percent below the next tier who have not moved for some "
                    "days (ours); looks at 2000 cards a call",
                    "", stuck_example, {"within", "idle_days", "limit", "starting_after_id"}},
                   list_stuck});
    projects::Routes retiering = retier_routes();
    for (projects::Route& route : retiering) out.push_back(std::move(route));
    return out;
}

}  // namespace perennial::flows
