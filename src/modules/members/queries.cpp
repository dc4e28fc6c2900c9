#include "modules/members/queries.hpp"

#include <fmt/format.h>

#include "modules/campaigns/definitions.hpp"
#include "modules/members/codec.hpp"
#include "modules/members/statement.hpp"
#include "modules/rewards/redemption_store.hpp"
#include "modules/sums/store.hpp"

namespace perennial::members {
namespace {

using ledger::EntryKind;

// The age index has all of it; open ends are times that nothing has.
constexpr std::string_view between =
    "FROM cards WHERE bucket >= 0 AND project = ? AND program = ? AND created_at > ? AND created_at < ?";
// Each movement of points changes it, so there is no index of it: all of the program's cards are read.
constexpr std::string_view changed_between = " AND updated_at > ? AND updated_at < ?";

std::vector<db::Value> bounds_of(projects::ProjectNumber project, const ledger::ProgramId& program,
                                 const ListQuery& query) {
    std::vector<db::Value> out{project, program,
                               query.created_after ? query.created_after->ms : INT64_MIN,
                               query.created_before ? query.created_before->ms : INT64_MAX};
    if (query.updated_after || query.updated_before) {
        out.emplace_back(query.updated_after ? query.updated_after->ms : INT64_MIN);
        out.emplace_back(query.updated_before ? query.updated_before->ms : INT64_MAX);
    }
    return out;
}

std::string from_of(const ListQuery& query) {
    return std::string(between) +
           std::string(query.updated_after || query.updated_before ? changed_between : "");
}

std::unexpected<Error> refuse_cursor() {
    Error error{&perennial::error::invalid_query_params,
                "starting_after_id is no transaction of this card"};
    error.issues.push_back({"?starting_after_id", "unknown", "is no transaction of this card"});
    return std::unexpected(std::move(error));
}

}  // namespace

Result<Member> find_member(const projects::ReadContext& context, std::string_view campaign,
                           std::string_view member) {
    const projects::Snapshot& snapshot = *context.snapshot;
    const projects::Definition* wanted = nullptr;
    if (!campaign.empty()) {
        TRY(found, campaigns::need_program(snapshot, campaign));
        wanted = found;
    }
    auto card = ledger::load_card(context.tx, context.project, member);
    if (!card || (wanted != nullptr && RawId(card->program) != wanted->id))
        return campaigns::refuse_unknown("voucher", member);
    const campaigns::Program* program =
        snapshot.get<campaigns::Programs>().find(card->program);
    if (program == nullptr) return campaigns::refuse_unknown("voucher", member);
    const Rulebook book{*program, snapshot.get<tiers::Tiers>(), snapshot.zone(),
                        &snapshot.get<earning::Rules>()};
    ledger::Card now = rolled(*card, book, context.now);
    return Member{*std::move(card), std::move(now), book};
}

Result<Member> find_member(const projects::ReadContext& context,
                           const std::vector<std::string>& path) {
    const bool names_campaign = path.size() > 1;
    return find_member(context, names_campaign ? std::string_view(path[0]) : "",
                       path[names_campaign ? 1 : 0]);
}

std::vector<ledger::Card> list_members(db::Tx& tx, projects::ProjectNumber project,
                                       const ledger::ProgramId& program, const ListQuery& query) {
    if (query.is_plain())
        return ledger::list_cards(tx, project, program, query.descending, query.limit,
                                  query.offset);
    static constexpr std::string_view columns[] = {"created_at", "COALESCE(updated_at, created_at)",
                                                   "code"};
    const std::string_view way = query.descending ? "DESC" : "ASC";
    const std::string sql =
        fmt::format("SELECT id {} ORDER BY {} {}, id {} LIMIT ? OFFSET ?", from_of(query),
                    columns[static_cast<std::size_t>(query.by)], way, way);
    std::vector<db::Value> values = bounds_of(project, program, query);
    values.emplace_back(query.limit);
    values.emplace_back(query.offset);
    std::vector<ledger::CardId> ids;
    tx.query(sql, values,
             [&](const db::Row& row) { ids.push_back(row.id<ledger::CardId>(0)); });
    std::vector<ledger::Card> out;
    for (const ledger::CardId& id : ids)
        if (auto card = ledger::load_card(tx, project, id)) out.push_back(*std::move(card));
    return out;
}

std::int64_t count_members(db::Tx& tx, projects::ProjectNumber project,
                           const ledger::ProgramId& program, const ListQuery& query) {
    if (!query.is_between()) return sums::total(tx, project, "members", program);
    std::int64_t out = 0;
    tx.query("SELECT count(*) " + from_of(query), bounds_of(project, program, query),
             [&](const db::Row& row) { out = row.integer(0); });
    return out;
}

std::vector<ledger::Card> cards_of(db::Tx& tx, const customers::Customer& customer) {
    std::vector<ledger::Card> out;
    for (const customers::CardRef& ref : customer.cards)
        if (auto card = ledger::load_card(tx, customer.project, ledger::CardId(ref.card)))
            out.push_back(*std::move(card));
    return out;
}

claims::Word joined_word(projects::ProjectNumber project, const ledger::CardId& card, int n) {
    return {project, claims::Kind::joined_card, fmt::format("{}/{}", card.text(), n)};
}

std::vector<ledger::CardId> with_joined(db::Tx& tx, projects::ProjectNumber project,
                                        const ledger::CardId& card) {
    std::vector<ledger::CardId> out;
    for (int n = 0;; ++n) {
        const RawId joined = claims::find(tx, joined_word(project, card, n));
        if (joined.is_nil()) break;
        for (const ledger::CardId& one : with_joined(tx, project, ledger::CardId(joined)))
            out.push_back(one);
    }
    out.push_back(card);
    return out;
}

json::object customer_loyalty(const projects::Snapshot& snapshot, std::vector<ledger::Card> cards,
                              Timestamp now) {
    json::object campaigns;
    Points points;
    Points redeemed;
    for (ledger::Card& card : cards) {
        const campaigns::Program* program =
            snapshot.get<campaigns::Programs>().find(card.program);
        if (program == nullptr) continue;
        const Rulebook book{*program, snapshot.get<tiers::Tiers>(), snapshot.zone(),
                        &snapshot.get<earning::Rules>()};
        const ledger::Card as_of_now = rolled(std::move(card), book, now);
        points += as_of_now.balance;
        redeemed += as_of_now.redeemed;
        json::object one{{"points", as_of_now.balance.value},
                         {"referred_customers", 0},
                         {"loyalty_tier", nullptr}};
        if (const tiers::Tier* tier =
                as_of_now.tier.is_nil() ? nullptr : book.tiers.find(as_of_now.tier))
            one["loyalty_tier"] = {{"id", tier->id.text()}, {"name", tier->name}};
        campaigns[program->name] = std::move(one);
    }
    return {{"points", points.value},
            {"referred_customers", 0},
            {"campaigns", std::move(campaigns)},
            {"redeemed_points", redeemed.value}};
}

namespace {

template <class Find>
json::object loyalty_with(db::Tx& tx, const projects::Snapshot& snapshot,
                          const customers::Customer& customer, Timestamp now, Find find) {
    std::vector<ledger::Card> cards;
    std::vector<ledger::CardId> ids;
    for (const customers::CardRef& ref : customer.cards)
        for (const ledger::CardId& id :
             with_joined(tx, customer.project, ledger::CardId(ref.card))) {
            std::optional<ledger::Card> card = find(id);
            if (!card) continue;
            ids.push_back(id);
            cards.push_back(*std::move(card));
        }
    json::object out = customer_loyalty(snapshot, std::move(cards), now);
    const rewards::RedemptionTally tally = rewards::tally_redemptions(tx, customer.project, ids);
    out["redemptions"] = {{"succeeded", tally.succeeded},
                          {"failed", tally.failed},
                          {"rollbacks", tally.rollbacks},
                          {"failed_rollbacks", tally.failed_rollbacks}};
    return out;
}

}  // namespace

json::object loyalty_of(db::Tx& tx, const projects::Snapshot& snapshot,
                        const customers::Customer& customer, Timestamp now) {
    return loyalty_with(tx, snapshot, customer, now, [&](const ledger::CardId& id) {
        return ledger::load_card(tx, customer.project, id);
    });
}

json::object loyalty_of(work::Batch& batch, const projects::Snapshot& snapshot,
                        const customers::Customer& customer, Timestamp now) {
    return loyalty_with(batch.tx, snapshot, customer, now, [&](const ledger::CardId& id) {
        const ledger::Card* card = batch.get<ledger::Set>().find(customer.project, id);
        return card ? std::optional(*card) : ledger::load_card(batch.tx, customer.project, id);
    });
}

Result<EntryPage> list_transactions(db::Tx& tx, const ledger::Card& card,
                                    const EntryQuery& query) {
    EntryPage page;
    std::optional<ledger::Entry> after;
    if (query.after) {
        after = ledger::load_entry(tx, card.project, *query.after);
        if (!after || after->card != card.id) return refuse_cursor();
    }
    auto wanted = static_cast<std::size_t>(query.limit) + 1;
    const auto listed = [&](const ledger::Entry& entry) {
        return is_transaction(entry) && (!query.fits || query.fits(entry));
    };
    if (query.descending) {
        const ledger::EntryId from = after ? after->previous : card.head;
        if (from.is_nil()) return page;
        ledger::walk_entries(tx, card, from, [&](const ledger::Entry& entry) {
            if (listed(entry)) page.entries.push_back(entry);
            return page.entries.size() < wanted;
        });
    } else if (!card.head.is_nil()) {
        // A ring of the oldest that were met: the chain leads only backwards.
        std::deque<ledger::Entry> oldest;
        ledger::walk_entries(tx, card, card.head, [&](const ledger::Entry& entry) {
            if (after && entry.id == after->id) return false;
            if (listed(entry)) oldest.push_front(entry);
            if (oldest.size() > wanted) oldest.pop_back();
            return true;
        });
        page.entries.assign(oldest.begin(), oldest.end());
    }
    page.has_more = page.entries.size() == wanted;
    if (page.has_more) page.entries.pop_back();
    return page;
}

std::vector<PendingLot> list_pending(db::Tx& tx, const ledger::Card& card) {
    std::vector<PendingLot> out;
    std::vector<ledger::Lot> lots;
    for (const ledger::Lot& lot : card.lots)
        if (lot.pending()) lots.push_back(lot);
    if (lots.empty() || card.head.is_nil()) return out;
    ledger::walk_entries(tx, card, card.head, [&](const ledger::Entry& entry) {
        for (const ledger::LotChange& change : entry.lots) {
            if (change.op != ledger::LotChange::Op::open) continue;
            const auto found = std::ranges::find(lots, change.lot, &ledger::Lot::number);
            if (found == lots.end()) continue;
            out.push_back({*found, entry});
            lots.erase(found);
        }
        return !lots.empty();
    });
    return out;
}

std::vector<ledger::Lot> list_buckets(const ledger::Card& card) {
    std::vector<ledger::Lot> out;
    for (const ledger::Lot& lot : card.lots)
        if (!lot.pending()) out.push_back(lot);
    std::ranges::sort(out, {}, [&](const ledger::Lot& lot) {
        return std::tuple(card.end_of(lot).value_or(ledger::never_ends), lot.earned_at, lot.number);
    });
    return out;
}

std::vector<ExpiredLot> list_expired(db::Tx& tx, const Member& member, Timestamp now) {
    std::vector<ExpiredLot> out;
    if (member.card.expired.is_zero()) return out;
    std::map<std::uint32_t, Timestamp> earned;
    for (const ledger::Lot& lot : member.stored.lots) earned[lot.number] = lot.earned_at;
    auto add = [&](const ledger::Posting& posting) {
        for (const ledger::LotChange& change : posting.lots) {
            if (change.op == ledger::LotChange::Op::open ||
                change.op == ledger::LotChange::Op::put)
                earned[change.lot] = change.earned_at;
            if (posting.kind == EntryKind::expiration && change.op == ledger::LotChange::Op::take)
                out.push_back({change.lot, change.points, {}, posting.effective_at});
        }
    };
    for (const ledger::Posting& posting : due_postings(member.stored, member.book, now))
        add(posting);
    if (!member.stored.head.is_nil())
        ledger::walk_entries(tx, member.stored, member.stored.head, [&](const ledger::Entry& e) {
            add(e);
            return true;
        });
    for (ExpiredLot& lot : out) lot.earned_at = earned[lot.lot];
    std::ranges::sort(out, std::greater(), [](const ExpiredLot& lot) {
        return std::pair(lot.expired_at, lot.lot);
    });
    return out;
}

History history_since(db::Tx& tx, const ledger::Card& card, std::optional<Timestamp> from) {
    History out{{}, card.balance, card.pending, card.tier};
    if (card.head.is_nil()) return out;
    bool tier_known = true;
    ledger::walk_entries(tx, card, card.head, [&](const ledger::Entry& entry) {
        const bool wanted = !from || entry.recorded_at >= *from;
        if (!wanted && entry.kind == EntryKind::tier_change) {
            out.tier = entry.tier;
            tier_known = true;
        }
        if (!wanted) return !tier_known;
        out.balance -= entry.points;
        out.pending -= entry.pending;
        if (entry.kind == EntryKind::tier_change) {
            out.tier = ledger::TierId();
            tier_known = false;
        }
        out.entries.push_back(entry);
        return true;
    });
    std::ranges::reverse(out.entries);
    return out;
}

namespace {

Points credited_by(const ledger::Posting& posting) {
    switch (posting.kind) {
        case EntryKind::accrual:
        case EntryKind::addition:
        case EntryKind::transfer_in:
        case EntryKind::activation: return posting.points;
        default: return {};
    }
}

Points debt_of(const ledger::Posting& posting) {
    Points out;
    for (const ledger::LotChange& change : posting.lots)
        if (change.op == ledger::LotChange::Op::debt) out += change.points;
    return out;
}

void move(Held& held, const ledger::Posting& posting, int sign) {
    auto add = [&](Points& to, Points points) {
        if (sign > 0)
            to += points;
        else
            to -= points;
    };
    add(held.balance, posting.points);
    add(held.pending, posting.pending);
    add(held.credited, credited_by(posting));
    add(held.debt, debt_of(posting));
}

}  // namespace

Held held_at(db::Tx& tx, const Member& member, Timestamp at) {
    const ledger::Card& stored = member.stored;
    Held out{stored.balance, stored.pending, stored.credited, stored.debt};
    if (!stored.head.is_nil())
        ledger::walk_entries(tx, stored, stored.head, [&](const ledger::Entry& entry) {
            if (entry.effective_at > at) move(out, entry, -1);
            return entry.recorded_at > at;
        });
    for (const ledger::Posting& posting : due_postings(stored, member.book, at))
        move(out, posting, 1);
    return out;
}

Held held_as_recorded(db::Tx& tx, const Member& member, Timestamp at) {
    ledger::Card card;
    card.project = member.stored.project;
    card.id = member.stored.id;
    card.program = member.stored.program;
    for (const ledger::Entry& entry : history_since(tx, member.stored, std::nullopt).entries)
        if (entry.recorded_at <= at) ledger::apply(entry, card);
    card = rolled(std::move(card), member.book, at);
    return {card.balance, card.pending, card.credited, card.debt};
}

}  // namespace perennial::members
