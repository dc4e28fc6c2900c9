#include "app/flows/transactions_routes.hpp"

#include "app/flows/answer_examples.hpp"
#include "app/flows/entry_finder.hpp"
#include "modules/campaigns/definitions.hpp"
#include "modules/customers/store.hpp"
#include "modules/members/queries.hpp"

namespace perennial::flows {
namespace {

using http::Method;
using http::Request;
using projects::Permission;
using projects::ReadContext;

Result<http::Page> read_cursor(const Request& request, http::QueryReader& query) {
    static constexpr std::string_view orders_by[] = {"id"};
    for (const http::Parameter& sent : request.query.all())
        if (const std::string& name = sent.path.front(); name == "filters" || name == "created_at")
            query.wrong(name, "unsupported", "this list has limit, order and starting_after_id");
    if (!query.ok()) return query.refuse();
    return http::read_page(request.query, {orders_by, "-id"});
}

/// One condition on a card's transactions, or a mistake.
std::function<bool(const ledger::Entry&)> condition_of(const http::FilterCondition& condition,
                                                       http::QueryReader& query) {
    const std::string shown = fmt::format("filters[{}]", condition.field);
    const auto wrong = [&](std::string message) {
        query.wrong(shown, "unsupported", std::move(message));
        return nullptr;
    };
    if (condition.field == "id") {
        if (condition.op == "$is" || condition.op == "$in")
            return [ids = condition.values](const ledger::Entry& entry) {
                return std::ranges::find(ids, entry.id.text()) != ids.end();
            };
        return wrong("ids are filtered with $is and $in");
    }
    if (condition.field != "created_at") return wrong("transactions are filtered by id and created_at");
    if (condition.op != "$after" && condition.op != "$before")
        return wrong("times are filtered with $after and $before");
    const auto at = condition.values.size() == 1 ? Timestamp::parse(condition.values.front())
                                                 : std::nullopt;
    if (!at) {
        query.wrong(shown, "format", "must be one time, ISO 8601");
        return nullptr;
    }
    const bool after = condition.op == "$after";
    return [at = *at, after](const ledger::Entry& entry) {
        return after ? entry.effective_at > at : entry.effective_at < at;
    };
}

Result<std::function<bool(const ledger::Entry&)>> filter_of(const Request& request,
                                                            http::QueryReader& query) {
    TRY(filters, request.query.filters());
    std::vector<std::function<bool(const ledger::Entry&)>> all;
    for (const http::FilterCondition& condition : filters.conditions)
        all.push_back(condition_of(condition, query));
    if (!query.ok()) return query.refuse();
    if (all.empty()) return nullptr;
    return [all, any = filters.any](const ledger::Entry& entry) {
        const auto holds = [&](const auto& one) { return one(entry); };
        return any ? std::ranges::any_of(all, holds) : std::ranges::all_of(all, holds);
    };
}

Result<http::Response> list_transactions(const Request& request, const ReadContext& context) {
    static constexpr std::string_view orders_by[] = {"id", "created_at"};
    TRY(member, members::find_member(context, request.path_params));
    http::QueryReader query(request.query);
    TRY(page, http::read_page(request.query, {orders_by, "-id"}));
    TRY(fits, filter_of(request, query));
    members::EntryQuery wish;
    wish.limit = page.limit;
    wish.descending = page.descending;
    wish.fits = std::move(fits);
    if (const auto after = query.text("starting_after_id")) {
        wish.after = ledger::EntryId::parse(*after);
        if (!wish.after) query.wrong("starting_after_id", "format", "must be a vtx_ id");
        if (!query.ok()) return query.refuse();
    }
    TRY(found, members::list_transactions(context.tx, member.stored, wish));
    EntryFinder finder(context);
    json::array data;
    for (const ledger::Entry& entry : found.entries)
        data.push_back(members::transaction_json(entry, finder.related(entry)));
    return cursor_list(std::move(data), found.has_more,
                       found.entries.empty() ? "" : found.entries.back().id.text());
}

// Few: they pend for at most 90 days. So the page is cut from the whole.
Result<http::Response> list_pending(const Request& request, const ReadContext& context) {
    TRY(member, members::find_member(context, request.path_params));
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
    EntryFinder finder(context);
    json::array data;
    for (const auto& [lot, made] : lots)
        data.push_back(members::pending_json(member.card, lot, made, finder.related(made),
                                             member.book.zone));
    return cursor_list(std::move(data), has_more,
                       lots.empty() ? "" : members::pending_id(member.card.id,
                                                               lots.back().lot.number));
}

// The page's entries as JSON, with what they refer to.
http::Response answer_entries(const ReadContext& context,
                              const std::vector<ledger::Entry>& entries, bool has_more) {
    EntryFinder finder(context);
    json::array data;
    for (const ledger::Entry& entry : entries)
        data.push_back(members::transaction_json(entry, finder.related(entry)));
    return cursor_list(std::move(data), has_more, entries.empty() ? "" : entries.back().id.text());
}

struct ProgramListQuery {
    http::Page page;
    std::optional<ledger::EntryId> after;
    std::vector<ledger::EntryId> ids;  ///< filters[id]
    std::vector<std::string> cards;    ///< filters[voucher_id]
};

// api.md 4.4: id and voucher_id, by $is and $in.
Result<ProgramListQuery> read_program_list(const Request& request) {
    static constexpr std::string_view orders_by[] = {"id"};
    ProgramListQuery out;
    TRY(page, http::read_page(request.query, {orders_by, "-id"}));
    out.page = page;
    http::QueryReader query(request.query);
    if (const auto after = query.text("starting_after_id")) {
        out.after = ledger::EntryId::parse(*after);
        if (!out.after) query.wrong("starting_after_id", "format", "must be a vtx_ id");
    }
    TRY(filters, request.query.filters());
    for (const http::FilterCondition& condition : filters.conditions) {
        if (condition.op != "$is" && condition.op != "$in") {
            query.wrong("filters", "unsupported", "only $is and $in are served here");
        } else if (condition.field == "id") {
            for (const std::string& value : condition.values) {
                const auto id = ledger::EntryId::parse(value);
                if (id) out.ids.push_back(*id);
                if (!id) query.wrong("filters", "format", value + " is no vtx_ id");
            }
        } else if (condition.field == "voucher_id") {
            out.cards.insert(out.cards.end(), condition.values.begin(), condition.values.end());
        } else {
            query.wrong("filters", "unsupported",
                        condition.field + ": this list is filtered by id and voucher_id");
        }
    }
    if (filters.any && filters.conditions.size() > 1)
        query.wrong("filters", "unsupported", "conditions are joined by `and` here");
    if (!query.ok()) return query.refuse();
    return out;
}

// Named ones; sorted and cut as the list asks.
std::vector<ledger::Entry> page_of(std::vector<ledger::Entry> found, const ProgramListQuery& wish,
                                   bool& has_more) {
    const bool down = wish.page.descending;
    std::ranges::sort(found, [&](const ledger::Entry& a, const ledger::Entry& b) {
        return down ? RawId(b.id) < RawId(a.id) : RawId(a.id) < RawId(b.id);
    });
    if (wish.after)
        std::erase_if(found, [&](const ledger::Entry& entry) {
            return down ? !(RawId(entry.id) < RawId(*wish.after))
                        : !(RawId(*wish.after) < RawId(entry.id));
        });
    has_more = std::ssize(found) > wish.page.limit;
    if (has_more) found.resize(static_cast<std::size_t>(wish.page.limit));
    return found;
}

Result<http::Response> list_program_transactions(const Request& request,
                                                 const ReadContext& context) {
    TRY(definition, campaigns::need_program(*context.snapshot, request.path_params[0]));
    const ledger::ProgramId program(definition->id);
    TRY(wish, read_program_list(request));
    bool has_more = false;
    if (!wish.ids.empty()) {
        std::vector<ledger::Entry> found;
        for (const ledger::EntryId& id : wish.ids)
            if (auto entry = ledger::load_entry(context.tx, context.project, id);
                entry && entry->program == program && members::is_transaction(*entry) &&
                (wish.cards.empty() ||
                 std::ranges::find(wish.cards, entry->card.text()) != wish.cards.end()))
                found.push_back(*std::move(entry));
        const auto page = page_of(std::move(found), wish, has_more);
        return answer_entries(context, page, has_more);
    }
    if (!wish.cards.empty()) {
        std::vector<ledger::Entry> found;
        for (const std::string& word : wish.cards) {
            const auto card =
                ledger::load_card(context.tx, context.project, std::string_view(word));
            if (!card || card->program != program) continue;
            for (ledger::Entry& entry :
                 members::history_since(context.tx, *card, std::nullopt).entries)
                if (members::is_transaction(entry)) found.push_back(std::move(entry));
        }
        const auto page = page_of(std::move(found), wish, has_more);
        return answer_entries(context, page, has_more);
    }
    // Welcome points are entries and no transactions, so a page may need a second look.
    std::vector<ledger::Entry> out;
    ledger::EntryId after = wish.after.value_or(ledger::EntryId());
    const std::int64_t chunk = wish.page.limit + 1;
    while (std::ssize(out) < chunk) {
        const auto found = ledger::list_entries(context.tx, context.project, program, after,
                                                wish.page.descending, chunk);
        for (const ledger::Entry& entry : found)
            if (members::is_transaction(entry)) out.push_back(entry);
        if (std::ssize(found) < chunk) break;
        after = found.back().id;
    }
    has_more = std::ssize(out) >= chunk;
    if (has_more) out.resize(static_cast<std::size_t>(wish.page.limit));
    return answer_entries(context, out, has_more);
}

// By id, which is by card and then by lot.
Result<http::Response> list_program_pending(const Request& request, const ReadContext& context) {
    TRY(definition, campaigns::need_program(*context.snapshot, request.path_params[0]));
    const ledger::ProgramId program(definition->id);
    http::QueryReader query(request.query);
    TRY(page, read_cursor(request, query));
    std::optional<ledger::CardId> from;
    const auto after = query.text("starting_after_id");
    if (after) {
        from = members::card_of_pending(*after);
        if (!from) query.wrong("starting_after_id", "format", "must be a lopp_ id");
        if (!query.ok()) return query.refuse();
    }
    const members::Rulebook book = members::rulebook(*context.snapshot, program);
    EntryFinder finder(context);
    json::array data;
    std::string last;
    bool has_more = false;
    constexpr std::int64_t slice = 100;
    std::optional<ledger::CardId> seen;
    while (!has_more) {
        const auto cards =
            ledger::list_pending_cards(context.tx, context.project, program,
                                       from.value_or(ledger::CardId()), page.descending, slice);
        for (const ledger::Card& stored : cards) {
            if (seen == stored.id || has_more) continue;
            const ledger::Card card = members::rolled(stored, book, context.now);
            auto lots = members::list_pending(context.tx, card);
            std::ranges::sort(lots, {}, [](const auto& pending) { return pending.lot.number; });
            if (page.descending) std::ranges::reverse(lots);
            for (const auto& [lot, made] : lots) {
                std::string id = members::pending_id(card.id, lot.number);
                if (after && (page.descending ? id >= *after : id <= *after)) continue;
                has_more = std::ssize(data) == page.limit;
                if (has_more) break;
                data.push_back(members::pending_json(card, lot, made, finder.related(made),
                                                     book.zone));
                last = std::move(id);
            }
        }
        if (std::ssize(cards) < slice) break;
        from = seen = cards.back().id;
    }
    return cursor_list(std::move(data), has_more, last);
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

// What was, is or will be there at a moment.
Result<http::Response> balance_at(const Request& request, const ReadContext& context) {
    static constexpr std::string_view views[] = {"effective", "recorded"};
    TRY(member, members::find_member(context, request.path_params));
    http::QueryReader query(request.query);
    const TimeZone& zone = member.book.zone;
    const Timestamp at = moment(query, "as_of", zone, true).value_or(context.now);
    const auto view = query.choice("view", views).value_or(0);
    if (view == 1 && at > context.now)
        query.wrong("as_of", "range", "must not be in the future for view=recorded");
    if (!query.ok()) return query.refuse();
    const members::Held held = view == 1 ? members::held_as_recorded(context.tx, member, at)
                                         : members::held_at(context.tx, member, at);
    return http::json_response(to_text(json::object{
        {"object", "balance"},
        {"type", "loyalty_card"},
        {"as_of", at.iso()},
        {"view", views[view]},
        {"balance", held.balance.value},
        {"pending_points", held.pending.value},
        {"debt", held.debt.value},
        {"total", held.credited.value},
        {"related_object", {{"type", "voucher"}, {"id", member.card.id.text()}}}}));
}

enum class Format : std::uint8_t { json, text, csv, html };

// `format`, else the first of ours that Accept names.
Format format_of(const Request& request, http::QueryReader& query) {
    static constexpr std::string_view words[] = {"json", "text", "csv", "html"};
    static constexpr std::string_view types[] = {"application/json", "text/plain", "text/csv",
                                                 "text/html"};
    if (const auto asked = query.choice("format", words)) return static_cast<Format>(*asked);
    const std::string_view accept = request.headers.find("Accept").value_or("");
    auto best = Format::json;
    std::size_t best_at = std::string_view::npos;
    for (std::size_t i = 0; i < std::size(types); ++i)
        if (const auto at = accept.find(types[i]); at < best_at) {
            best = static_cast<Format>(i);
            best_at = at;
        }
    return best;
}

Result<http::Response> statement(const Request& request, const ReadContext& context) {
    TRY(member, members::find_member(context, request.path_params));
    http::QueryReader query(request.query);
    const TimeZone& zone = member.book.zone;
    const auto from = moment(query, "from", zone, false);
    auto to = moment(query, "to", zone, true);
    if (!to) to = moment(query, "at", zone, true);
    const Timestamp at = to.value_or(context.now);
    const Format format = format_of(request, query);
    if (from && *from > at) query.wrong("from", "range", "must not be after `to`");
    if (!query.ok()) return query.refuse();
    EntryFinder finder(context);
    const members::History history = members::history_since(context.tx, member.stored, from);
    const members::Statement made = members::make_statement(
        history.entries,
        members::due_postings(member.stored, member.book, std::min(at, context.now)), from, at,
        finder.names(), {history.balance, history.pending, history.tier});
    const std::string& campaign = member.book.program.name;
    switch (format) {
        case Format::json: break;
        case Format::text:
            return http::text_response(members::to_table(made, member.card, campaign, zone));
        case Format::csv: {
            http::Response out{200, "text/csv; charset=utf-8; header=present",
                               members::to_csv(made, zone), {}};
            out.headers.push_back({"Content-Disposition", "attachment; filename=\"statement.csv\""});
            return out;
        }
        case Format::html: {
            std::string holder;
            if (const auto customer = customers::load_customer(
                    context.tx, context.project, customers::CustomerId(member.card.customer)))
                holder = customer->name.value_or("");
            http::Response out{200, "text/html; charset=utf-8",
                               members::to_page(made, member.card, campaign, holder, zone), {}};
            out.headers.push_back({"Content-Security-Policy",
                                   "default-src 'none'; style-src 'unsafe-inline'; "
                                   "frame-ancestors 'none'; base-uri 'none'"});
            return out;
        }
    }
    return http::json_response(to_text(members::to_json(made, member.card, campaign)));
}

constexpr const char* words = "List what moved the balance, newest first";

projects::RouteDoc cursor_doc(const char* summary) {
    return {"Members", summary, "", examples::cursor_list(examples::transaction),
            {"limit", "order", "starting_after_id", "filters[id][conditions][$in]",
             "filters[created_at][conditions][$after]", "filters[created_at][conditions][$before]"}};
}

projects::RouteDoc pending_doc(const char* summary) {
    return {"Members", summary, "", examples::cursor_list(examples::pending_points),
            {"limit", "order", "starting_after_id"}};
}

projects::RouteDoc program_doc() {
    return {"Members", "List what moved the balances of a program's cards, newest first", "",
            examples::cursor_list(examples::transaction),
            {"limit", "order", "starting_after_id", "filters[id]", "filters[voucher_id]"}};
}

constexpr const char* balance_example =
    R"({"object":"balance","type":"loyalty_card","as_of":"2026-03-31T21:59:59.999Z",)"
    R"("view":"effective","balance":120,"pending_points":0,"debt":0,"total":450,)"
    R"("related_object":{"type":"voucher","id":"v_0a"}})";

}  // namespace

projects::Routes transactions_routes() {
    return {
        {Method::get, "/v1/loyalties/{campaignId}/members/{memberId}/transactions",
         Permission::read, cursor_doc(words), list_transactions},
        {Method::get, "/v1/loyalties/members/{memberId}/transactions", Permission::read,
         cursor_doc(words), list_transactions},
        {Method::get, "/v1/vouchers/{code}/transactions", Permission::read, cursor_doc(words),
         list_transactions},
        {Method::get, "/v1/loyalties/{campaignId}/transactions", Permission::read, program_doc(),
         list_program_transactions},
        {Method::get, "/v1/campaigns/{campaignId}/transactions", Permission::read, program_doc(),
         list_program_transactions},
        {Method::get, "/v1/loyalties/{campaignId}/members/{memberId}/pending-points",
         Permission::read, pending_doc("List points that pend"), list_pending},
        {Method::get, "/v1/loyalties/members/{memberId}/pending-points", Permission::read,
         pending_doc("List points that pend"), list_pending},
        {Method::get, "/v1/loyalties/{campaignId}/pending-points", Permission::read,
         pending_doc("List points that pend on all cards of a program"), list_program_pending},
        {Method::get, "/v1/loyalties/members/{memberId}/balance", Permission::read,
         {"Members", "What a card held at a moment, by when things happened or were recorded", "",
          balance_example, {"as_of", "view"}},
         balance_at},
        {Method::get, "/v1/loyalties/members/{memberId}/statement", Permission::read,
         {"Members",
          "Why the balance is what it is, as of any moment: JSON, text, CSV or a page to print", "",
          examples::statement, {"from", "to", "at", "format"},
          {"text/plain", "text/csv", "text/html"}},
         statement},
    };
}

}  // namespace perennial::flows
