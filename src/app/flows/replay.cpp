#include "app/flows/replay.hpp"

#include <algorithm>

#include "app/flows/give_points.hpp"
#include "app/flows/order_earning.hpp"
#include "app/flows/order_facts.hpp"
#include "app/flows/replay_course.hpp"
#include "app/flows/replay_decide.hpp"
#include "modules/campaigns/document.hpp"
#include "modules/earning/allowance.hpp"
#include "modules/members/commands.hpp"
#include "modules/tiers/replay.hpp"

namespace perennial::flows {
namespace {

using earning::Outcome;
using earning::Span;
using ledger::EntryKind;
using BookOf = FunctionRef<const Book&(std::int64_t)>;

class Replay {
  public:
    Replay(History& history, const ReplayWish& wish, BookOf book_of, Timestamp now, Replayed& out)
        : history_(history),
          wish_(wish),
          book_of_(book_of),
          end_(std::min(wish.to, now + 1)),
          out_(out),
          change_(wish.change),
          zone_(wish.change.snapshot->zone()),
          lives_(wish.change.program != nullptr &&
                 (wish.change.has_tiers || wish.change.needs_entries)),
          life_(history.card, wish.change.program ? *wish.change.program : none(),
                wish.change.tiers, zone_),
          holder_id_(history.holder.id.text()),
          course_(course_of(history, wish.change.id, !wish.as_always)) {}

    void run() {
        for (const Moment& moment : course_.moments) {
            if (moment.at >= end_) break;
            if (!is_forked_ && moment.at >= wish_.from) fork(moment.at);
            switch (moment.kind) {
                case Moment::Kind::entry: take(history_.entries[moment.index]); break;
                case Moment::Kind::order: decide_order(moment); break;
                case Moment::Kind::event: decide_event(moment); break;
                case Moment::Kind::back: take_back(moment); break;
            }
        }
        if (!is_forked_ && end_ > wish_.from && history_.card.created_at < end_)
            fork(wish_.from);
        if (lives_ && is_forked_) {
            advance(end_ + -1);
            if (wish_.as_always)
                tiers::note(life_.card, *change_.program, change_.tiers, end_ + -1, zone_);
        }
        out_.tier_was = tier_was_;
        out_.tier_under = lives_ && is_forked_ ? life_.card.tier : tier_was_;
        out_.under = std::move(life_.card);
    }

  private:
    struct Waiting {
        Timestamp at;
        std::uint32_t order = 0;
        Points points;
    };

    static const campaigns::Program& none() {
        static const campaigns::Program program;
        return program;
    }

    const RawId& program() const { return change_.id; }

    // From here on the changed rules are in force. Nothing moves by the edit itself.
    void fork(Timestamp) {
        is_forked_ = true;
        out_.tier_at_start = tier_was_;
        under_used_ = then_used_;
        if (!lives_) return;
        ledger::Card& card = life_.card;
        const bool lived = card.created_at < wish_.from;
        if (!card.tier.is_nil() && change_.tiers.find(card.tier) == nullptr) {
            card.tier = ledger::TierId();
            card.tier_since.reset();
            card.tier_until.reset();
            card.tier_state.hold = ledger::TierState::Hold::none;
        }
        const Timestamp at = lived ? wish_.from : card.created_at;
        if (lived && !card.tier.is_nil())
            tiers::note(card, *change_.program, change_.tiers, at, zone_);
        else
            settle(at);
    }

    void told(const tiers::Move& move) {
        if (move.from != move.to) out_.moves_under.push_back({move.at, move.from, move.to});
        if (fired_ || tiers::event_name(move.kind).empty()) return;
        fired_ = true;
        moved_ = move;
    }

    // The tier by what has been counted, and the earning rules that its move starts, once.
    void settle(Timestamp at) {
        if (!change_.has_tiers) return;
        fired_ = !wish_.fires_tier_rules;
        moved_.reset();
        const auto tell = [&](const tiers::Move& move) { told(move); };
        life_.decide(at, tell);
        if (!moved_) return;
        const tiers::Move move = *moved_;
        const auto trigger = static_cast<earning::Trigger>(
            static_cast<int>(earning::Trigger::tier_joined) + static_cast<int>(move.kind));
        bool earned = false;
        for (const earning::Rule* rule : change_.of_tier(trigger)) {
            if (rule->tier && *rule->tier != (move.to.is_nil() ? move.from : move.to)) continue;
            person_of_today(change_.tiers.find(life_.card.tier));
            std::string date;
            const earning::ContextFacts surroundings = context_facts(at, zone_, "", date);
            const Outcome outcome = earning::evaluate(
                *rule, {&person_, nullptr, nullptr, &surroundings}, {},
                [](const auto&, const auto&) { return false; }, at);
            if (outcome.reason != Outcome::Reason::earned) continue;
            ReplayLine& line = out_.lines.emplace_back();
            line.of = ReplayLine::Of::tier;
            line.at = at;
            line.rule = rule->id;
            line.under = outcome.points;
            life_.card.balance += outcome.points;
            tiers::count_points(life_.card, *change_.program, outcome.points, at, zone_);
            earned = true;
        }
        if (earned) life_.decide(at, tell);
    }

    // What pends becomes spendable, and what time alone moves.
    void advance(Timestamp at) {
        const auto tell = [&](const tiers::Move& move) {
            if (move.from != move.to) out_.moves_under.push_back({move.at, move.from, move.to});
        };
        while (!waiting_.empty() && waiting_.front().at <= at) {
            const Waiting next = waiting_.front();
            waiting_.erase(waiting_.begin());
            if (is_forked_) life_.go_to(next.at + -1, tell);
            life_.card.balance += next.points;
            tiers::count_points(life_.card, *change_.program, next.points, next.at, zone_);
            if (is_forked_ && change_.has_tiers) life_.decide(next.at, tell);
        }
        if (is_forked_) life_.go_to(at, tell);
    }

    void credit(const earning::Rule* rule, Points points, Timestamp at, std::uint32_t order) {
        if (points.is_zero()) return;
        if (rule != nullptr && rule->pending_days > 0) {
            const Timestamp active =
                zone_.start_of(zone_.local_date(at).plus_days(rule->pending_days));
            const auto place = std::ranges::upper_bound(waiting_, active, {}, &Waiting::at);
            waiting_.insert(place, {active, order, points});
            return;
        }
        life_.card.balance += points;
        tiers::count_points(life_.card, *change_.program, points, at, zone_);
    }

    // What is no order and no event: points by hand, spent or ended, tiers as they moved.
    void take(const ledger::Entry& entry) {
        const bool in_period = entry.effective_at >= wish_.from;
        if (entry.kind == EntryKind::tier_change) {
            if (in_period && entry.tier != tier_was_)
                out_.moves_were.push_back({entry.effective_at, tier_was_, entry.tier});
            tier_was_ = entry.tier;
            const bool by_hand = entry.detail.find("\"by_hand\":") != std::string::npos;
            if (lives_ && !wish_.as_always && (!is_forked_ || by_hand)) follow(entry);
            return;
        }
        const bool of_tier = entry.kind == EntryKind::accrual && text_in(entry.detail, "by") == "tier";
        if (of_tier && in_period) {
            ReplayLine& line = out_.lines.emplace_back();
            line.of = ReplayLine::Of::tier;
            line.at = entry.effective_at;
            if (const auto rule = campaigns::parse_id(text_in(entry.detail, "rule"),
                                                      earning::RuleTag::prefix))
                line.rule = *rule;
            line.was = line.then = entry.points;
            if (!wish_.fires_tier_rules) line.under = entry.points;
        }
        if (!lives_) return;
        advance(entry.effective_at);
        if (of_tier && is_forked_ && wish_.fires_tier_rules) return;
        life_.card.balance += entry.points;
        if (entry.kind == EntryKind::accrual || entry.kind == EntryKind::activation)
            tiers::count_points(life_.card, *change_.program, entry.points, entry.effective_at, zone_);
        if (is_forked_) settle(entry.effective_at);
    }

    // The tier as it was: before the period, and given by hand.
    void follow(const ledger::Entry& entry) {
        ledger::Card& card = life_.card;
        ledger::TierState& state = card.tier_state;
        const ledger::TierId before = card.tier;
        if (is_forked_) advance(entry.effective_at);
        const auto until = Timestamp::parse(text_in(entry.detail, "until"));
        const std::string_view notice = text_in(entry.detail, "notice");
        life_.changed();
        if (notice == "next" || notice == "next_canceled") {
            state.next = ledger::TierId::parse(text_in(entry.detail, "tier")).value_or(ledger::TierId());
            state.next_at = Timestamp::parse(text_in(entry.detail, "at"));
            return;
        }
        if (entry.tier != card.tier) card.tier_since = entry.effective_at;
        card.tier = entry.tier;
        card.tier_until = until;
        state.hold = notice == "grace" ? ledger::TierState::Hold::grace
                     : entry.detail.find("\"by_hand\":true") != std::string::npos
                         ? ledger::TierState::Hold::by_hand
                         : ledger::TierState::Hold::none;
        if (state.next == entry.tier) state.next = ledger::TierId(), state.next_at.reset();
        if (is_forked_ && before != card.tier)
            out_.moves_under.push_back({entry.effective_at, before, card.tier});
    }

    // --- what rules see of the person

    void person_base() {
        person_ = {};
        person_.id = holder_id_;
        const customers::Customer& holder = history_.holder;
        if (holder.source_id) person_.source_id = *holder.source_id;
        if (holder.name) person_.name = *holder.name;
        if (holder.email) person_.email = *holder.email;
    }

    void put_tier(const tiers::Tier* tier) {
        person_.tier = tier == nullptr ? std::string_view() : std::string_view(tier->name);
        person_.benefits = tier == nullptr ? json::object() : tiers::benefits_of(*tier);
    }

    void person_of_today(const tiers::Tier* tier) {
        members::fill(today_, history_.holder, nullptr, change_.tiers);
        person_ = today_.facts;
        person_.orders_count = orders_count_;
        person_.orders_amount = orders_amount_.value;
        person_.last_order_at = last_order_at_;
        person_.points = life_.card.balance.value;
        put_tier(tier);
    }

    // In the world of the change: who they were then, with the tier and points of that world.
    void person_under(const json::object* stored, const tiers::Tier* tier) {
        if (!change_.reads_customer) {
            person_base();
            return;
        }
        if (stored != nullptr && stored->contains("created_at")) {
            person_base();
            read_stored(*stored, change_.tiers, person_);
            put_tier(tier);
            if (lives_) person_.points = life_.card.balance.value;
            return;
        }
        ++out_.with_person_of_today;
        person_of_today(tier);
    }

    const json::object* stored_of(const json::object& facts) const {
        const json::value* stored = facts.if_contains(program_text());
        return stored == nullptr ? nullptr : &stored->as_object();
    }
    const std::string& program_text() const {
        if (program_text_.empty()) program_text_ = change_.id.text();
        return program_text_;
    }

    // --- deciding

    ReplayLine& line_of(std::size_t first, const RawId& rule, const ReplayLine& like) {
        for (std::size_t i = first; i < out_.lines.size(); ++i)
            if (out_.lines[i].rule == rule) return out_.lines[i];
        ReplayLine& line = out_.lines.emplace_back(like);
        line.rule = rule;
        return line;
    }

    // The budgets of then are known only by what they did not let through.
    Points budget_then(const RawId& scope, const std::vector<orders::Cut>& cuts,
                       const campaigns::Program& of) const {
        const bool of_rule = scope == decider_.current()->id;
        for (const orders::Cut& cut : cuts)
            if (cut.program == program() && cut.rule == decider_.current()->id &&
                cut.limit == (of_rule ? "rule.budget" : "program.budget")) {
                const auto& budget = of_rule ? decider_.current()->limits.budget : of.earning.limits.budget;
                if (budget) return *budget - cut.given;
            }
        return Points();
    }

    template <class Body>
    void with_then_meter(const Book& book, const std::vector<orders::Cut>& cuts, Body body) {
        const auto used = [&](const RawId& scope, Span span, Timestamp start) {
            return span == Span::budget ? budget_then(scope, cuts, *book.program)
                                        : then_used_.of(scope, span, start);
        };
        const auto add = [&](const RawId& scope, Span span, Timestamp start, Points points, Points) {
            if (span != Span::budget) then_used_.add(scope, span, start, points);
        };
        body(earning::Meter{used, add});
    }
    template <class Body>
    void with_under_meter(Body body) {
        const auto used = [&](const RawId& scope, Span span, Timestamp start) {
            if (span != Span::budget) return under_used_.of(scope, span, start);
            const auto found = wish_.budgets.find(scope);
            return found == wish_.budgets.end() ? Points() : found->second;
        };
        const auto add = [&](const RawId& scope, Span span, Timestamp start, Points points, Points) {
            if (span == Span::budget) wish_.budgets[scope] += points;
            else under_used_.add(scope, span, start, points);
        };
        body(earning::Meter{used, add});
    }

    // History's own points go into the counters, whatever the replay came to.
    void note_then(const Book& book, const earning::Rule* rule, Points points, Timestamp at) {
        if (!book.has_limits || rule == nullptr || book.program == nullptr || points.is_zero()) return;
        with_then_meter(book, {}, [&](const earning::Meter& meter) {
            decider_.look_at(*rule);
            earning::note(*rule, book.program->earning.limits, points, at, zone_, meter);
        });
    }

    void compare(const ReplayLine& line, const Book& book, int engine, const RawId& rule) {
        if (line.was == line.then && line.was_back == line.then_back) return;
        std::string_view why = "other";
        if (engine != earning::engine_version) why = "engine";
        else if (book.rules.find(earning::RuleId(rule)) == nullptr) why = "rule";
        else if (book.reads_channel && line.of == ReplayLine::Of::order) why = "channel";
        else if (history_.holder.erased) why = "erased";
        else if (book.reads_name) why = "person";
        else if (!line.then_limit.empty() || book.has_limits) why = "limit";
        out_.not_replayed.push_back({line, why});
    }

    Money kept_then(const orders::Order& order, const std::vector<std::int64_t>& returned) const {
        if (returned.empty()) return order.total_amount();
        orders::Order then = order;
        for (std::size_t i = 0; i < then.items.size(); ++i)
            then.items[i].returned_quantity = i < returned.size() ? returned[i] : 0;
        return then.total_amount() - then.amount_returned();
    }

    // Whether anything was left of the order when it was decided.
    static bool had_lines(const orders::Order& order, const std::vector<std::int64_t>& returned) {
        for (std::size_t i = 0; i < order.items.size(); ++i)
            if (order.items[i].quantity > (i < returned.size() ? returned[i] : 0)) return true;
        return order.items.empty();
    }

    void decide_order(const Moment& moment) {
        orders::Past& past = history_.orders[moment.index];
        orders::Order& order = past.order;
        OrderCourse& state = course_.orders[moment.index];
        const orders::Decision& decision = *order.decision;
        const Timestamp counted_at = state.under.claimed_at;
        const bool in_period = is_forked_ && counted_at >= wish_.decides_from;
        const bool needs_then = in_period || lives_ || change_.has_limits;
        if (!needs_then) {
            count_order(order);
            return;
        }
        const Book& book = book_of_(state.under.definitions);
        if (state.came_back || !state.under.returned.empty() || book.reads_items ||
            change_.reads_items) {
            past.read_items();
            if (!state.came_back && order.returned_by_item() != state.under.returned)
                state.came_back = true;
        }
        if (book.reads_metadata || change_.reads_metadata) past.read_metadata();
        if (lives_) advance(counted_at);

        const std::size_t first = out_.lines.size();
        ReplayLine like;
        like.of = ReplayLine::Of::order;
        like.index = moment.index;
        like.at = counted_at;
        for (const orders::Award& award : decision.awards)
            if (award.program == program()) {
                ReplayLine& line = line_of(first, award.rule, like);
                line.was += award.points;
                line.was_back += award.taken_back;
            }
        if (in_period) {
            ++out_.orders;
            decider_.next_order();
            const json::object* stored = stored_of(decision.facts);
            // The rules of the time.
            person_base();
            const tiers::Tier* tier_then =
                stored == nullptr ? nullptr : read_stored(*stored, book.tiers, person_);
            Case one{book, book.of_orders, person_, tier_then, {}, state.under.at, counted_at, &past,
                     &state.under.returned, state.came_back, nullptr};
            with_then_meter(book, decision.cuts, [&](const earning::Meter& meter) {
                decider_.decide(one, meter, got_);
            });
            for (const Got& got : got_) {
                if (got.points.is_zero() && got.limit.empty()) continue;
                ReplayLine& line = line_of(first, got.rule->id, like);
                line.then += got.points;
                line.then_back += got.back;
                line.then_limit = got.limit;
            }
            for (std::size_t i = first; i < out_.lines.size(); ++i) {
                ReplayLine& line = out_.lines[i];
                if (line.then != line.was)
                    note_then(book, book.rules.find(earning::RuleId(line.rule)),
                              line.was - line.then, counted_at);
                compare(line, book, state.under.engine, line.rule);
            }
            // The change.
            const tiers::Tier* tier =
                life_.card.tier.is_nil() ? nullptr : change_.tiers.find(life_.card.tier);
            if (!lives_) tier = nullptr;
            person_under(stored, tier);
            Case other{change_, change_.of_orders, person_, tier, {}, state.under.at, counted_at, &past,
                       &state.under.returned, state.came_back, nullptr};
            with_under_meter([&](const earning::Meter& meter) { decider_.decide(other, meter, got_); });
            for (const Got& got : got_) {
                ReplayLine& line = line_of(first, got.rule->id, like);
                line.under += got.points;
                line.under_back += got.back;
                line.under_limit = got.limit;
                line.under_wanted = got.wanted;
                state.under_back += got.back;
                if (lives_)
                    credit(got.rule, wish_.as_always ? got.points - got.back : got.points, counted_at,
                           moment.index);
            }
            if (wish_.as_always) {
                give_back_under(moment.index, counted_at, first);
                keep_facts(first, moment.index, out_.facts_of_orders, tier);
            }
        } else {
            for (std::size_t i = first; i < out_.lines.size(); ++i) {
                const ReplayLine& line = out_.lines[i];
                const earning::Rule* rule = book.rules.find(earning::RuleId(line.rule));
                note_then(book, rule, line.was, counted_at);
                state.under_back += line.was_back;
                if (lives_)
                    credit(rule, wish_.as_always ? line.was - line.was_back : line.was, counted_at,
                           moment.index);
            }
            out_.lines.resize(first);
        }
        if (lives_ && wish_.as_always) {
            // Of what came back, some was not there to be taken: it stays taken.
            Points was_back;
            for (const orders::Award& award : decision.awards)
                if (award.program == program()) was_back += award.taken_back;
            const Points not_posted = std::max(Points(), was_back - state.posted_back);
            life_.card.balance += std::min(state.under_back, not_posted);
            if (orders::counts(order.status) && !nothing_left(order)) {
                tiers::count_spend(life_.card, *change_.program, order.kept_amount(), counted_at, zone_);
                tiers::count_orders(life_.card, *change_.program, 1, counted_at, zone_);
            }
            settle(counted_at);
        } else if (lives_) {
            const Money kept = kept_then(order, state.under.returned);
            tiers::count_spend(life_.card, *change_.program, kept, counted_at, zone_);
            if (had_lines(order, state.under.returned))
                tiers::count_orders(life_.card, *change_.program, 1, counted_at, zone_);
            if (is_forked_) settle(counted_at);
        }
        count_order(order);
    }

    // Limits have room again for what came back.
    void give_back_under(std::uint32_t order, Timestamp counted_at, std::size_t first = 0) {
        if (!change_.has_limits || change_.program == nullptr) return;
        for (std::size_t i = first; i < out_.lines.size(); ++i) {
            const ReplayLine& line = out_.lines[i];
            if (line.of != ReplayLine::Of::order || line.index != order || line.under_back.is_zero())
                continue;
            const earning::Rule* rule = change_.rules.find(earning::RuleId(line.rule));
            if (rule == nullptr) continue;
            with_under_meter([&](const earning::Meter& meter) {
                decider_.look_at(*rule);
                earning::note(*rule, change_.program->earning.limits, -line.under_back, counted_at,
                              zone_, meter);
            });
        }
    }

    // What was read of the person in the world of the change, when it gives something else there.
    void keep_facts(std::size_t first, std::uint32_t index,
                    std::map<std::uint32_t, json::object>& facts, const tiers::Tier* tier) const {
        bool differs = false;
        for (std::size_t i = first; i < out_.lines.size(); ++i)
            differs = differs || out_.lines[i].was != out_.lines[i].under ||
                      out_.lines[i].was_back != out_.lines[i].under_back;
        if (!differs) return;
        ledger::Card card;
        if (tier != nullptr) card.tier = tier->id;
        if (change_.reads_customer) facts[index] = members::stored_facts(person_, card, true);
        else if (tier != nullptr) facts[index] = {{"tier", card.tier.text()}};
        else facts[index] = {};
    }

    void count_order(const orders::Order& order) {
        if (!orders::counts(order.status)) return;
        ++orders_count_;
        orders_amount_ += order.kept_amount();
        if (order.paid_at && (!last_order_at_ || *last_order_at_ <= *order.paid_at))
            last_order_at_ = order.paid_at;
    }

    // The return that came later: of points, of what counts for tiers, of limits.
    void take_back(const Moment& moment) {
        const orders::Past& past = history_.orders[moment.index];
        const orders::Order& order = past.order;
        OrderCourse& state = course_.orders[moment.index];
        const Timestamp counted_at = state.under.claimed_at;
        if (!lives_ && !change_.has_limits) return;
        const Book& book = book_of_(state.under.definitions);
        Points was_back;
        for (const orders::Award& award : order.decision->awards)
            if (award.program == program()) {
                was_back += award.taken_back;
                note_then(book, book.rules.find(earning::RuleId(award.rule)), -award.taken_back,
                          counted_at);
            }
        if (is_forked_) give_back_under(moment.index, counted_at);
        if (!lives_) return;
        advance(moment.at);
        const Money less = kept_then(order, state.under.returned) -
                           (order.status == orders::Status::canceled ? Money() : order.kept_amount());
        tiers::count_spend(life_.card, *change_.program, -less, counted_at, zone_);
        if (had_lines(order, state.under.returned) && nothing_left(order))
            tiers::count_orders(life_.card, *change_.program, -1, counted_at, zone_);
        Points back = state.under_back;
        for (Waiting& waiting : waiting_)
            if (waiting.order == moment.index) {
                const Points part = std::min(back, waiting.points);
                waiting.points -= part;
                back -= part;
            }
        if (!back.is_zero()) {
            tiers::count_points(life_.card, *change_.program, -back, counted_at, zone_);
            const Points not_posted = std::max(Points(), was_back - state.posted_back);
            life_.card.balance -= std::max(Points(), back - not_posted);
        }
        if (is_forked_) settle(moment.at);
    }

    void decide_event(const Moment& moment) {
        const events::Event& event = history_.events[moment.index];
        const auto& under_rules = change_.of_event(event.name);
        const json::object* stored =
            event.decision ? stored_of(event.decision->facts) : nullptr;
        if (under_rules.empty() && stored == nullptr) {
            if (is_forked_) ++out_.events;
            return;
        }
        const bool in_period = is_forked_ && event.created_at >= wish_.decides_from;
        if (!in_period && !lives_ && !change_.has_limits) return;
        if (lives_) advance(event.created_at);
        const std::size_t first = out_.lines.size();
        ReplayLine like;
        like.of = ReplayLine::Of::event;
        like.index = moment.index;
        like.at = event.created_at;
        if (event.decision)
            for (const events::Award& award : event.decision->awards)
                if (award.program == program())
                    line_of(first, award.rule, like).was += award.points;
        const Book* book = event.decision ? &book_of_(version_of(event, change_.id)) : nullptr;
        if (in_period) {
            ++out_.events;
            earning::EventFacts facts;
            facts.name = event.name;
            facts.metadata = event.metadata;
            const std::string_view channel =
                event.decision ? std::string_view(event.decision->channel) : std::string_view();
            if (stored != nullptr) {
                person_base();
                const tiers::Tier* tier_then = read_stored(*stored, book->tiers, person_);
                Case one{*book, book->of_event(event.name), person_, tier_then, channel,
                         event.created_at, event.created_at, nullptr, nullptr, false, &facts};
                with_then_meter(*book, event.decision->cuts, [&](const earning::Meter& meter) {
                    decider_.decide(one, meter, got_);
                });
                for (const Got& got : got_) {
                    if (got.points.is_zero() && got.limit.empty()) continue;
                    ReplayLine& line = line_of(first, got.rule->id, like);
                    line.then += got.points;
                    line.then_limit = got.limit;
                }
            }
            for (std::size_t i = first; i < out_.lines.size(); ++i) {
                ReplayLine& line = out_.lines[i];
                if (line.then != line.was)
                    note_then(*book, book->rules.find(earning::RuleId(line.rule)),
                              line.was - line.then, event.created_at);
                compare(line, *book, event.decision->engine, line.rule);
            }
            const tiers::Tier* tier = !lives_ || life_.card.tier.is_nil()
                                          ? nullptr
                                          : change_.tiers.find(life_.card.tier);
            person_under(stored, tier);
            Case other{change_, under_rules, person_, tier, channel, event.created_at,
                       event.created_at, nullptr, nullptr, false, &facts};
            with_under_meter([&](const earning::Meter& meter) { decider_.decide(other, meter, got_); });
            for (const Got& got : got_) {
                ReplayLine& line = line_of(first, got.rule->id, like);
                line.under += got.points;
                line.under_limit = got.limit;
                line.under_wanted = got.wanted;
                if (lives_) credit(got.rule, got.points, event.created_at, UINT32_MAX);
            }
            if (wish_.as_always) {
                keep_facts(first, moment.index, out_.facts_of_events, tier);
            }
        } else {
            for (std::size_t i = first; i < out_.lines.size(); ++i) {
                const ReplayLine& line = out_.lines[i];
                const earning::Rule* rule = book->rules.find(earning::RuleId(line.rule));
                note_then(*book, rule, line.was, event.created_at);
                if (lives_) credit(rule, line.was, event.created_at, UINT32_MAX);
            }
            out_.lines.resize(first);
        }
        if (lives_ && is_forked_) settle(event.created_at);
    }

    History& history_;
    const ReplayWish& wish_;
    BookOf book_of_;
    Timestamp end_;
    Replayed& out_;
    const Book& change_;
    const TimeZone& zone_;
    bool lives_;
    tiers::Life life_;
    std::string holder_id_;
    mutable std::string program_text_;

    Course course_;
    bool is_forked_ = false;
    ledger::TierId tier_was_;
    Used then_used_;
    Used under_used_;
    std::vector<Waiting> waiting_;
    bool fired_ = false;
    std::optional<tiers::Move> moved_;
    std::int64_t orders_count_ = 0;
    Money orders_amount_;
    std::optional<Timestamp> last_order_at_;

    // Kept from case to case, so that their memory is.
    earning::CustomerFacts person_;
    members::CustomerView today_;
    Decider decider_;
    std::vector<Got> got_;
};

}  // namespace

void Replayed::clear() {
    orders = events = with_person_of_today = 0;
    lines.clear();
    not_replayed.clear();
    facts_of_orders.clear();
    facts_of_events.clear();
    tier_at_start = tier_was = tier_under = ledger::TierId();
    moves_were.clear();
    moves_under.clear();
}

std::int64_t version_of(const events::Event& event, const ledger::ProgramId& program) {
    CHECK(event.decision.has_value());
    if (const json::value* facts = event.decision->facts.if_contains(program.text()))
        if (const json::value* version = facts->as_object().if_contains("v"))
            return version->as_int64();
    return event.decision->definitions;
}

void replay(History& history, const ReplayWish& wish, BookOf book_of, Timestamp now,
            Replayed& out) {
    out.clear();
    Replay(history, wish, book_of, now, out).run();
}

}  // namespace perennial::flows
