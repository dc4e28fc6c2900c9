#include "app/flows/members_routes.hpp"

#include "app/flows/activity_routes.hpp"
#include "app/flows/answer_examples.hpp"
#include "app/flows/balance_routes.hpp"
#include "app/flows/economics_routes.hpp"
#include "app/flows/join_program.hpp"
#include "app/flows/liability_routes.hpp"
#include "app/flows/merge_customers.hpp"
#include "app/flows/tier_routes.hpp"
#include "app/flows/transactions_routes.hpp"
#include "app/flows/vouchers_routes.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/counters/store.hpp"
#include "modules/customers/codec.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/commands.hpp"
#include "modules/members/queries.hpp"
#include "modules/sums/store.hpp"

namespace perennial::flows {
namespace {

namespace kind = projects::definition_kind;
using http::Method;
using http::Request;
using projects::Command;
using projects::Context;
using projects::Permission;
using projects::ReadContext;

json::object shown(const ReadContext& context, const members::Member& member) {
    return members::card_json(
        member.card, member.book,
        counters::used(context.tx, context.project, member.card.id));
}

Result<JoinProgram> read_join(const json::value& body) {
    Issues issues;
    JsonReader reader(body, issues);
    JoinProgram command;
    command.code = reader.text("voucher", 255).value_or("");
    if (ledger::CardId::parse(command.code))
        reader.wrong("voucher", "conflict", "must be a code, not an id");
    reader.text("channel", 255);
    reader.text("source_id", 255);
    if (const json::object* metadata = reader.object("metadata")) command.metadata = *metadata;
    reader.require("customer");
    const json::value* customer = reader.raw() ? reader.raw()->if_contains("customer") : nullptr;
    if (customer != nullptr && customer->is_string()) {
        const std::string word = reader.text("customer", 255).value_or("");
        command.customer.id = customers::CustomerId::parse(word);
        if (!command.customer.id) command.customer.source_id = word;
        if (word.empty()) reader.wrong("customer", "required", "must name a customer");
    } else {
        JsonReader inner = reader.reader("customer");
        command.customer = customers::read_change(inner);
    }
    if (!issues.empty()) return issues.refuse();
    return command;
}

Result<Command> join(const Request& request, projects::ProjectNumber project,
                     const projects::Actor&) {
    TRY(body, parse_json(request.body));
    TRY(join, read_join(body));
    join.campaign = request.path_params[0];
    auto shared = std::make_shared<const JoinProgram>(std::move(join));
    Command command;
    command.lane = shared->customer.id ? shared->customer.id->place()
                                       : place_of(shared->customer.source_id);
    command.want = [shared, project](work::Batch& batch) { want(*shared, batch, project); };
    command.want_more = [shared, project](work::Batch& batch) {
        want_more(*shared, batch, project);
    };
    command.run = [shared](const Context& context) -> Result<http::Response> {
        TRY(joined, join_program(*shared, context));
        // A known member's uses are counted in a row that this command did not ask for.
        const std::int64_t uses =
            joined.is_new ? 0 : counters::used(context.batch.tx, context.project, joined.card->id);
        return http::json_response(to_text(members::card_json(
            *joined.card, members::rulebook(*context.snapshot, joined.card->program), uses)));
    };
    return command;
}

/// Lists that no index has: what they read at most.
constexpr std::int64_t read_whole_max = 200'000;

struct MemberList {
    std::vector<ledger::Card> cards;
    std::int64_t total = 0;
};

// `customer`, `code` and `ids` name single cards; else the list goes by age.
Result<MemberList> list_cards(const Request& request, const ReadContext& context,
                              const ledger::ProgramId& program) {
    static constexpr std::string_view orders_by[] = {"created_at", "updated_at", "code"};
    TRY(page, http::read_page(request.query, {orders_by}));
    http::QueryReader query(request.query);
    members::ListQuery wish{query.timestamp("created_at", "before"),
                            query.timestamp("created_at", "after"),
                            page.descending,
                            page.limit,
                            page.offset(),
                            query.timestamp("updated_at", "before"),
                            query.timestamp("updated_at", "after")};
    wish.by = static_cast<members::ListQuery::By>(
        std::ranges::find(orders_by, page.order_by) - std::begin(orders_by));
    for (const http::Parameter& sent : request.query.all())
        if (sent.path.front() == "filters")
            query.wrong("filters", "unsupported",
                        "members are listed by created_at, updated_at, customer, code and ids");
    if (wish.reads_all() &&
        sums::total(context.tx, context.project, "members", program) > read_whole_max)
        query.wrong(wish.by == members::ListQuery::By::created_at ? "updated_at" : "order",
                    "too_many",
                    fmt::format("programs of more than {} members are listed by created_at; an export "
                                "has all with updated_at",
                                read_whole_max));
    if (!query.ok()) return query.refuse();
    std::vector<std::string> words = request.query.list("ids");
    if (const auto code = query.text("code")) words.push_back(*code);
    const auto customer = query.text("customer");
    MemberList out;
    if (words.empty() && !customer) {
        out.cards = members::list_members(context.tx, context.project, program, wish);
        out.total = members::count_members(context.tx, context.project, program, wish);
        return out;
    }
    if (words.empty())
        if (const auto holder = customers::load_customer(context.tx, context.project,
                                                         std::string_view(*customer)))
            if (const customers::CardRef* ref = holder->card_of(program))
                words.push_back(ledger::CardId(ref->card).text());
    for (const std::string& word : words)
        if (auto card = ledger::load_card(context.tx, context.project, std::string_view(word)))
            if (card->program == program) out.cards.push_back(*std::move(card));
    out.total = std::ssize(out.cards);
    return out;
}

Result<http::Response> list(const Request& request, const ReadContext& context) {
    const projects::Snapshot& snapshot = *context.snapshot;
    TRY(program, campaigns::need_program(snapshot, request.path_params[0]));
    const ledger::ProgramId id(program->id);
    TRY(found, list_cards(request, context, id));
    const members::Rulebook book = members::rulebook(snapshot, id);
    json::array data;
    for (ledger::Card& card : found.cards) {
        members::Member member{{}, members::rolled(std::move(card), book, context.now), book};
        data.push_back(shown(context, member));
    }
    return campaigns::answer_list("vouchers", std::move(data),
                                  static_cast<std::size_t>(found.total));
}

Result<http::Response> get(const Request& request, const ReadContext& context) {
    TRY(member, members::find_member(context, request.path_params));
    return http::json_response(to_text(shown(context, member)));
}

Result<http::Response> list_expirations(const Request& request, const ReadContext& context) {
    TRY(member, members::find_member(context, request.path_params));
    TRY(page, http::read_page(request.query, {{}, "expires_at"}));
    json::array all;
    for (const ledger::Lot& lot : members::list_buckets(member.card))
        all.push_back(members::bucket_json(member.card, lot, member.book.zone));
    for (const members::ExpiredLot& lot :
         members::list_expired(context.tx, member, context.now))
        all.push_back(members::bucket_json(member.card, lot, member.book.zone));
    json::array data;
    for (std::size_t i = static_cast<std::size_t>(page.offset());
         i < all.size() && data.size() < static_cast<std::size_t>(page.limit); ++i)
        data.push_back(all[i]);
    return campaigns::answer_list("data", std::move(data), all.size());
}

constexpr const char* example =
    R"({"customer":{"source_id":"anna","name":"Anna Berg"},"voucher":"CARD-0042"})";

void append(projects::Routes& to, projects::Routes from) {
    std::ranges::move(from, std::back_inserter(to));
}

}  // namespace

projects::Routes members_routes() {
    projects::Routes out{
        {Method::get, "/v1/loyalties/{campaignId}/members", Permission::read,
         {"Members", "List the cards of a program", "", projects::example_list(examples::card, "vouchers"),
          {"limit", "page", "order", "created_at[before]", "created_at[after]",
           "updated_at[before]", "updated_at[after]", "customer", "code", "ids[]"}},
         list},
        {Method::post, "/v1/loyalties/{campaignId}/members", Permission::write,
         {"Members", "Make a customer a member; who is one already keeps the card", example,
          examples::card},
         nullptr, join},
        {Method::get, "/v1/loyalties/{campaignId}/members/{memberId}", Permission::read,
         {"Members", "Get a card by code or id", "", examples::card}, get},
        {Method::get, "/v1/loyalties/members/{memberId}", Permission::read,
         {"Members", "Get a card by code or id", "", examples::card}, get},
        {Method::get, "/v1/loyalties/{campaignId}/members/{memberId}/points-expiration",
         Permission::read, {"Members", "List points by when they end, then what has expired", "",
                            projects::example_list(examples::bucket), {"limit", "page"}},
         list_expirations},
    };
    append(out, balance_routes());
    append(out, transactions_routes());
    append(out, activity_routes());
    append(out, liability_routes());
    append(out, people_routes());
    append(out, vouchers_routes());
    append(out, tier_routes());
    append(out, economics_routes());
    return out;
}

}  // namespace perennial::flows
