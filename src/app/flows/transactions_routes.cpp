#include "app/flows/transactions_routes.hpp"

#include "modules/campaigns/definitions.hpp"
#include "modules/earning/model.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/queries.hpp"
#include "modules/members/statement.hpp"
#include "modules/orders/store.hpp"

namespace perennial::flows {
namespace {

using campaigns::integer_of;
using campaigns::text_of;
using http::Method;
using http::Request;
using members::Related;
using projects::Permission;
using projects::ReadContext;

Result<members::Member> member_of(const Request& request, const ReadContext& context) {
    const bool both = request.path_params.size() > 1;
    return members::find_member(context, both ? std::string_view(request.path_params[0]) : "",
                                request.path_params[both ? 1 : 0]);
}

// Looks up what entries refer to, each thing once.
class Finder {
  public:
    explicit Finder(const ReadContext& context) : context_(context) {}

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

    Related related(const ledger::Entry& entry) {
        Related out;
        const json::object detail = members::detail_of(entry);
        const std::string_view by = text_of(detail, "by");
        if (by == "order") {
            const orders::OrderId id(entry.cause);
            out.order = {id.text(), order_source(id)};
        }
        if (by == "event")
            out.event = {"evcus_" + entry.cause.hex(), std::string(text_of(detail, "event"))};
        if (const auto text = text_of(detail, "rule"); !text.empty()) {
            const earning::Rule* found = rule(text, integer_of(detail, "v", 0));
            out.earning_rule = {std::string(text), found ? found->banner : ""};
        }
        if (const auto text = text_of(detail, "reward"); !text.empty())
            out.reward = {std::string(text), std::string(text_of(detail, "reward_name"))};
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
    const ReadContext& context_;
    std::map<RawId, std::string> order_sources_;
    std::vector<projects::SnapshotPtr> kept_;
};

http::Response cursor_list(json::array data, bool has_more, const std::string& last) {
    json::object out{{"object", "list"},
                     {"data_ref", "data"},
                     {"data", std::move(data)},
                     {"has_more", has_more}};
    if (has_more) out["more_starting_after"] = last;
    return http::json_response(to_text(out));
}

Result<http::Page> read_cursor(const Request& request, http::QueryReader& query) {
    static constexpr std::string_view orders_by[] = {"id"};
    for (const http::Parameter& sent : request.query.all())
        if (const std::string& name = sent.path.front(); name == "filters" || name == "created_at")
            query.wrong(name, "unsupported", "this list has limit, order and starting_after_id");
    if (!query.ok()) return query.refuse();
    return http::read_page(request.query, {orders_by, "-id"});
}

Result<http::Response> list_transactions(const Request& request, const ReadContext& context) {
    TRY(member, member_of(request, context));
    http::QueryReader query(request.query);
    TRY(page, read_cursor(request, query));
    members::EntryQuery wish;
    wish.limit = page.limit;
    wish.descending = page.descending;
    if (const auto after = query.text("starting_after_id")) {
        wish.after = ledger::EntryId::parse(*after);
        if (!wish.after) query.wrong("starting_after_id", "format", "must be a vtx_ id");
        if (!query.ok()) return query.refuse();
    }
    TRY(found, members::list_transactions(context.tx, member.stored, wish));
    Finder finder(context);
    json::array data;
    for (const ledger::Entry& entry : found.entries)
        data.push_back(members::transaction_json(entry, finder.related(entry)));
    return cursor_list(std::move(data), found.has_more,
                       found.entries.empty() ? "" : found.entries.back().id.text());
}

// Few: they pend for at most 90 days. So the page is cut from the whole.
Result<http::Response> list_pending(const Request& request, const ReadContext& context) {
    TRY(member, member_of(request, context));
    http::QueryReader query(request.query);
    TRY(page, read_cursor(request, query));
    auto lots = members::list_pending(context.tx, member.card);
    std::ranges::sort(lots, {}, [](const auto& pending) { return pending.lot.number; });
    if (page.descending) std::ranges::reverse(lots);
    if (const auto after = query.text("starting_after_id")) {
        const auto number = members::lot_of_pending(*after, member.card.id);
        if (!number) query.wrong("starting_after_id", "format", "must be a lopp_ id of this card");
        if (!query.ok()) return query.refuse();
        std::erase_if(lots, [&](const auto& pending) {
            return page.descending ? pending.lot.number >= *number
                                   : pending.lot.number <= *number;
        });
    }
    const bool has_more = std::ssize(lots) > page.limit;
    if (has_more)
        lots.erase(lots.begin() + page.limit, lots.end());
    Finder finder(context);
    json::array data;
    for (const auto& [lot, made] : lots)
        data.push_back(members::pending_json(member.card, lot, made, finder.related(made),
                                             member.book.zone));
    return cursor_list(std::move(data), has_more,
                       lots.empty() ? "" : members::pending_id(member.card.id,
                                                               lots.back().lot.number));
}

// A date alone is the whole local day.
std::optional<Timestamp> moment(http::QueryReader& query, std::string_view name,
                                const TimeZone& zone, bool end_of_day) {
    const auto text = query.text(name);
    if (!text) return std::nullopt;
    if (const auto day = Date::parse(*text))
        return end_of_day ? zone.end_of(*day) + -1 : zone.start_of(*day);
    return query.timestamp(name);
}

Result<http::Response> statement(const Request& request, const ReadContext& context) {
    static constexpr std::string_view formats[] = {"json", "text"};
    TRY(member, member_of(request, context));
    http::QueryReader query(request.query);
    const TimeZone& zone = member.book.zone;
    const auto from = moment(query, "from", zone, false);
    const Timestamp at = moment(query, "at", zone, true).value_or(context.now);
    const bool as_text = query.choice("format", formats).value_or(0) == 1;
    if (from && *from > at) query.wrong("from", "range", "must not be after `at`");
    if (!query.ok()) return query.refuse();
    Finder finder(context);
    const members::Statement made = members::make_statement(
        members::all_entries(context.tx, member.stored),
        members::due_postings(member.stored, member.book, std::min(at, context.now)), from, at,
        finder.names());
    const std::string& campaign = member.book.program.name;
    if (as_text)
        return http::text_response(members::to_table(made, member.card, campaign, zone));
    return http::json_response(to_text(members::to_json(made, member.card, campaign)));
}

constexpr const char* words = "List what moved the balance, newest first";

projects::RouteDoc cursor_doc(const char* summary) {
    return {"Members", summary, "", "", {"limit", "order", "starting_after_id"}};
}

}  // namespace

projects::Routes transactions_routes() {
    return {
        {Method::get, "/v1/loyalties/{campaignId}/members/{memberId}/transactions",
         Permission::read, cursor_doc(words), list_transactions},
        {Method::get, "/v1/loyalties/members/{memberId}/transactions", Permission::read,
         cursor_doc(words), list_transactions},
        {Method::get, "/v1/vouchers/{code}/transactions", Permission::read, cursor_doc(words),
         list_transactions},
        {Method::get, "/v1/loyalties/{campaignId}/members/{memberId}/pending-points",
         Permission::read, cursor_doc("List points that pend"), list_pending},
        {Method::get, "/v1/loyalties/members/{memberId}/pending-points", Permission::read,
         cursor_doc("List points that pend"), list_pending},
        {Method::get, "/v1/loyalties/members/{memberId}/statement", Permission::read,
         {"Members", "Why the balance is what it is, as of any moment", "", "",
          {"at", "from", "format"}},
         statement},
    };
}

}  // namespace perennial::flows
