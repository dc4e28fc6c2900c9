#include "modules/webhooks/deliverer.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <list>
#include <set>
#include <thread>

#include "modules/projects/store.hpp"
#include "modules/webhooks/decide.hpp"
#include "modules/webhooks/definition.hpp"
#include "modules/webhooks/envelope.hpp"
#include "modules/webhooks/mailbox.hpp"
#include "modules/webhooks/store.hpp"
#include "modules/webhooks/subscriptions.hpp"
#include "platform/jobs/boundary.hpp"
#include "platform/jobs/look_schedule.hpp"
#include "platform/log/log.hpp"
#include "platform/metrics/metrics.hpp"

namespace perennial::webhooks {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t patience_ms = 5 * second_ms;  // with a database that does not answer
constexpr std::int64_t idle_wait_ms_max = 10 * minute_ms;
constexpr std::int64_t clean_every_ms = hour_ms;
constexpr std::int64_t clean_rows = 500;

std::int64_t steady_ms() {
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

Timestamp system_now() {
    return {std::chrono::duration_cast<milliseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

struct Counters {
    metrics::Counter& of(std::string_view outcome) {
        return metrics::registry().counter("perennial_webhook_attempts_total",
                                           "Attempts to deliver a webhook by outcome",
                                           {{"outcome", std::string(outcome)}});
    }
    metrics::Counter& delivered = of("delivered");
    metrics::Counter& failed = of("failed");
    metrics::Counter& dead = of("dead");
};

/// Asks the committer for the lease on what stands at the front of a lane, or on one delivery.
struct Claim {
    std::optional<Lane> lane;
    std::vector<Delivery> listed;  ///< seen as due; one, when there is no lane
    std::vector<Delivery> taken;
};

/// How one webhook's receiver does.
struct Receiver {
    std::size_t under_way = 0;  ///< parcels
    int failures = 0;           ///< in a row
    std::int64_t rests_until = 0;

    std::size_t places(std::size_t max) const { return rest_ms(failures) == 0 ? max : 1; }
};

/// Claimed deliveries to one webhook, sent one after the other.
struct Parcel {
    std::optional<Lane> lane;
    std::deque<Delivery> left;
    Target target;
    projects::ProjectId project;
    StoredEvents events;
    Timestamp lease_ends;
};

}  // namespace

struct Deliverer::State {
    State(db::Database& database_, work::Committer& committer_, projects::Cache& cache_,
          DelivererOptions options_)
        : database(database_),
          committer(committer_),
          cache(cache_),
          options(std::move(options_)),
          sender({.allow_private = options.allow_private, .timeout_ms = options.timeout_ms}),
          mailbox(sender),
          looks(jobs::poll_ms_of(database_, options.poll_ms)) {}

    void run();
    Timestamp now() const { return options.machine_clock ? options.machine_clock() : system_now(); }
    bool is_idle() const { return unanswered == 0 && parcels.empty(); }
    bool may_look() const {
        return !stopping && claims.empty() && parcels.size() < options.parallel_max;
    }
    milliseconds wait_max() const;
    void look();
    std::vector<Claim> find_due(std::optional<std::int64_t>& next);
    void add_claims(std::vector<Claim>& out, std::vector<Delivery> due, std::size_t free) const;
    void submit(Claim& claim);
    static void decide_claim(work::Batch&, Claim&);
    void claims_answered();
    std::vector<Parcel> parcels_of(const std::vector<Claim>& taken);
    void start(std::vector<Parcel> made);
    void send_next(std::list<Parcel>::iterator parcel);
    void answered(std::list<Parcel>::iterator parcel, const net::Answer& answer);
    void end(std::list<Parcel>::iterator parcel);
    void judge(const RawId& webhook, bool success);
    void disable(const Delivery& dead);
    void give_back(Parcel& parcel, Timestamp next_at);
    void record(std::vector<Delivery> after, std::int64_t lease, std::optional<Lane> woken);
    void clean();

    db::Database& database;
    work::Committer& committer;
    projects::Cache& cache;
    DelivererOptions options;
    net::HttpSender sender;
    Mailbox mailbox;
    Counters counters;
    std::atomic<bool> stopping{false};
    std::atomic<bool> signalled{false};
    int listener = 0;
    std::thread thread;

    // Of the thread alone.
    jobs::LookSchedule looks;
    std::list<Claim> claims;
    std::size_t claims_open = 0;  ///< not answered yet
    std::size_t unanswered = 0;   ///< units at the committer
    bool database_failed = false;
    std::list<Parcel> parcels;
    std::map<RawId, Receiver> receivers;
    bool lacks_places = false;  ///< the last look left something due where it was
    std::int64_t clean_at = 0;
};

Deliverer::Deliverer(db::Database& database, work::Committer& committer, projects::Cache& cache,
                     DelivererOptions options)
    : state_(std::make_unique<State>(database, committer, cache, std::move(options))) {}

Deliverer::~Deliverer() { stop(); }

void Deliverer::start() {
    State& s = *state_;
    CHECK(!s.thread.joinable());
    s.stopping = false;
    // A SQLite file has one process: leases found at its start are of one that was killed.
    if (s.database.dialect() == db::Dialect::sqlite) {
        work::Unit unit;
        unit.alone = true;
        unit.run = [](work::Batch& batch) { free_leases(batch.tx, batch.machine_now); };
        s.committer.run(std::move(unit));
    }
    s.clean_at = steady_ms() + clean_every_ms;
    s.listener = outbox::deliveries_written().listen([this] { wake(); });
    s.thread = std::thread([&s] { s.run(); });
}

void Deliverer::stop() {
    State& s = *state_;
    if (!s.thread.joinable()) return;
    outbox::deliveries_written().forget(s.listener);
    s.stopping = true;
    s.sender.wake();
    s.thread.join();
    s.committer.drain();  // its callbacks have left our mailbox
}

void Deliverer::wake() {
    // Many batches, one wake-up.
    if (!state_->signalled.exchange(true)) state_->sender.wake();
}

void Deliverer::State::run() {
    std::optional<std::int64_t> give_up_at;
    for (;;) {
        mailbox.handle_all();
        if (signalled.exchange(false)) looks.signalled(steady_ms());
        if (stopping) {
            if (is_idle()) return;
            if (!give_up_at) give_up_at = steady_ms() + options.stop_patience_ms;
            if (steady_ms() >= *give_up_at) {
                sender.give_up_all();
                while (!parcels.empty()) end(parcels.begin());
            }
            if (steady_ms() >= *give_up_at + patience_ms) return;
        } else if (may_look() && looks.next_look() <= steady_ms()) {
            if (!jobs::attempt("webhooks", [&] { look(); }))
                looks.found_nothing(steady_ms(), steady_ms() + patience_ms);
        }
        jobs::attempt("webhooks", [&] { sender.run(wait_max()); });
    }
}

milliseconds Deliverer::State::wait_max() const {
    if (stopping) return milliseconds(50);
    if (signalled) return milliseconds(0);
    if (!may_look()) return milliseconds(idle_wait_ms_max);  // a message or an answer wakes us
    return milliseconds(
        std::clamp<std::int64_t>(looks.next_look() - steady_ms(), 0, idle_wait_ms_max));
}

void Deliverer::State::look() {
    if (steady_ms() >= clean_at) clean();
    std::optional<std::int64_t> next;
    std::vector<Claim> found = find_due(next);
    if (found.empty()) return looks.found_nothing(steady_ms(), next);
    looks.found(steady_ms());
    database_failed = false;
    for (Claim& claim : found) claims.push_back(std::move(claim));
    claims_open = claims.size();
    for (Claim& claim : claims) submit(claim);
}

/// What is due and has a free place. `next`: when to look again, by the steady clock.
std::vector<Claim> Deliverer::State::find_due(std::optional<std::int64_t>& next) {
    std::vector<Claim> out;
    const Timestamp at = now();
    const std::int64_t steady = steady_ms();
    const auto look_at = [&](std::int64_t when) { next = next ? std::min(*next, when) : when; };
    lacks_places = false;
    database.read([&](db::Tx& tx) {
        for (const WebhookId& webhook : webhooks_with_deliveries(tx)) {
            const Receiver& receiver = receivers[webhook];
            if (receiver.rests_until > steady) {
                look_at(receiver.rests_until);
                continue;
            }
            const std::size_t places = receiver.places(options.parallel_of_webhook_max);
            const std::size_t free =
                std::min(places - std::min(places, receiver.under_way),
                         options.parallel_max - parcels.size() - out.size());
            if (free == 0) {
                lacks_places = true;
                continue;
            }
            const auto limit = static_cast<std::int64_t>(free) * lane_rows_max;
            auto due = due_deliveries(tx, webhook, at, limit);
            if (!due.empty())
                add_claims(out, std::move(due), free);
            else if (const auto later = next_due(tx, webhook))
                look_at(steady + (later->ms - at.ms));
        }
    });
    return out;
}

void Deliverer::State::add_claims(std::vector<Claim>& out, std::vector<Delivery> due,
                                  std::size_t free) const {
    std::map<Lane, std::size_t> lanes;
    std::size_t added = 0;
    for (Delivery& d : due) {
        std::optional<Lane> lane;
        if (d.is_ordered()) lane = Lane{d.project, d.webhook, d.customer};
        if (lane) {
            const auto known = lanes.find(*lane);
            if (known != lanes.end()) {
                out[known->second].listed.push_back(std::move(d));
                continue;
            }
        }
        if (added == free) continue;
        ++added;
        if (lane) lanes[*lane] = out.size();
        Claim& claim = out.emplace_back();
        claim.lane = lane;
        claim.listed.push_back(std::move(d));
    }
}

void Deliverer::State::submit(Claim& claim) {
    work::Unit unit;
    unit.lane = claim.listed.front().id.place();
    unit.want = [&claim](work::Batch& batch) {
        auto& set = batch.get<Set>();
        if (claim.lane) set.want(*claim.lane);
        for (const Delivery& d : claim.listed) set.want(DeliveryKey{d.project, d.id});
    };
    unit.run = [&claim](work::Batch& batch) { decide_claim(batch, claim); };
    unit.done = [this, &claim](const db::Failure* failure) {
        mailbox.post([this, &claim, failed = failure != nullptr] {
            --unanswered;
            if (failed) {
                claim.taken.clear();  // it may have run and been rolled back
                database_failed = true;
            }
            if (--claims_open == 0) claims_answered();
        });
    };
    ++unanswered;
    if (committer.submit(std::move(unit))) return;
    mailbox.post([this] {
        --unanswered;
        database_failed = true;
        if (--claims_open == 0) claims_answered();
    });
}

void Deliverer::State::decide_claim(work::Batch& batch, Claim& claim) {
    auto& set = batch.get<Set>();
    const Timestamp now = batch.machine_now;
    const Timestamp lease_ends = now + lease_ms;
    const auto lease = static_cast<std::int64_t>(batch.ids.random() >> 1 | 1);
    claim.taken.clear();
    Timestamp others_wait_until = lease_ends;
    if (claim.lane) {
        const auto lane = set.lane(*claim.lane);
        const LaneChoice choice = choose(lane, now);
        if (choice.wait_until) others_wait_until = *choice.wait_until;
        claim.taken.assign(lane.begin(), lane.begin() + static_cast<std::ptrdiff_t>(choice.take));
    } else if (const Delivery* d = set.find({claim.listed[0].project, claim.listed[0].id})) {
        if (d->state < DeliveryState::delivered && d->next_at <= now) claim.taken.push_back(*d);
    }
    for (Delivery& d : claim.taken) {
        d.lease = lease;
        d.next_at = lease_ends;
        set.put(d);
    }
    // Those behind the front are not due before it: else every look would find them again.
    for (const Delivery& listed : claim.listed) {
        const Delivery* d = set.find({listed.project, listed.id});
        if (d == nullptr || !d->is_ordered() || d->lease != 0 || d->next_at > now) continue;
        Delivery waiting = *d;
        waiting.next_at = others_wait_until;
        set.put(waiting);
    }
}

void Deliverer::State::claims_answered() {
    std::vector<Claim> taken;
    for (Claim& claim : claims)
        if (!claim.taken.empty()) taken.push_back(std::move(claim));
    claims.clear();
    if (database_failed) looks.found_nothing(steady_ms(), steady_ms() + patience_ms);
    if (taken.empty()) return;
    std::vector<Parcel> made;
    // When this fails, the end of the leases brings them back.
    jobs::attempt("webhooks", [&] { made = parcels_of(taken); });
    start(std::move(made));
}

std::vector<Parcel> Deliverer::State::parcels_of(const std::vector<Claim>& taken) {
    std::vector<Parcel> made;
    database.read([&](db::Tx& tx) {
        for (const Claim& claim : taken) {
            Parcel& parcel = made.emplace_back();
            const Delivery& first = claim.taken.front();
            parcel.lane = claim.lane;
            parcel.left.assign(claim.taken.begin(), claim.taken.end());
            parcel.lease_ends = first.next_at;
            parcel.target.id = first.webhook;
            const auto snapshot = cache.load(tx, first.project);
            if (!snapshot) continue;
            parcel.project = snapshot->project().id;
            if (const Target* target = snapshot->get<Subscriptions>().target(first.webhook))
                parcel.target = *target;
            parcel.events = load_events(tx, claim.taken);
        }
    });
    return made;
}

void Deliverer::State::start(std::vector<Parcel> made) {
    for (Parcel& one : made) {
        ++receivers[one.target.id].under_way;
        parcels.push_back(std::move(one));
        send_next(std::prev(parcels.end()));
    }
}

void Deliverer::State::send_next(std::list<Parcel>::iterator parcel) {
    if (parcel->left.empty()) return end(parcel);
    const Timestamp at = now();
    // What is left would outlive the lease: somebody else might send it, too.
    const std::int64_t needed_ms = options.timeout_ms + 2 * second_ms;
    if (stopping || at + needed_ms > parcel->lease_ends) return end(parcel);
    const Delivery& delivery = parcel->left.front();
    const auto event = parcel->events.find(delivery.event);
    if (parcel->target.url.empty() || event == parcel->events.end()) {
        Delivery canceled = delivery;
        canceled.state = DeliveryState::canceled;
        canceled.last_error = parcel->target.url.empty()
                                  ? "the webhook was deleted or switched off"
                                  : "the event was removed by age";
        const std::int64_t lease = canceled.lease;
        canceled.lease = 0;
        parcel->left.pop_front();
        record({std::move(canceled)}, lease, std::nullopt);
        return send_next(parcel);
    }
    std::string body =
        envelope(parcel->project, delivery, event->second, parcel->target.url);
    sender.post(outgoing(parcel->target, delivery, std::move(body), at),
                [this, parcel](const net::Answer& answer) { answered(parcel, answer); });
}

void Deliverer::State::answered(std::list<Parcel>::iterator parcel, const net::Answer& answer) {
    const Delivery before = std::move(parcel->left.front());
    parcel->left.pop_front();
    const Attempt attempt{
        .status = answer.status,
        .error = answer.status != 0 ? fmt::format("HTTP {}", answer.status) : answer.error,
        .at = now()};
    Delivery after = after_attempt(before, attempt);
    const bool goes_on = after.state != DeliveryState::waiting;
    const Timestamp next_at = goes_on ? attempt.at : after.next_at;
    judge(before.webhook, attempt.is_success());
    if (attempt.is_success()) {
        counters.delivered.add();
        // The last one lets the lane go on in the same transaction.
        std::optional<Lane> woken;
        if (parcel->left.empty()) woken.swap(parcel->lane);
        record({std::move(after)}, before.lease, woken);
        return send_next(parcel);
    }
    (after.state == DeliveryState::dead ? counters.dead : counters.failed).add();
    if (after.state == DeliveryState::dead) disable(after);
    log::info("webhook not delivered", {{"delivery", after.id.text()},
                                        {"webhook", after.webhook.text()},
                                        {"attempts", after.attempts},
                                        {"error", after.last_error}});
    record({std::move(after)}, before.lease, std::nullopt);
    give_back(*parcel, next_at);
    if (!goes_on) parcel->lane.reset();  // its front waits for its retry
    end(parcel);
}

/// A receiver that took nothing from the first attempt of this one to its last is switched off.
void Deliverer::State::disable(const Delivery& dead) {
    work::Unit unit;
    unit.alone = true;
    unit.run = [this, dead](work::Batch& batch) {
        const auto snapshot = cache.load(batch.tx, dead.project);
        const projects::Definition* found =
            snapshot ? snapshot->find(projects::definition_kind::webhook, dead.webhook) : nullptr;
        if (found == nullptr) return;
        Webhook webhook = read_webhook(*found);
        if (!webhook.active ||
            delivered_since(batch.tx, dead.project, dead.webhook, dead.created_at))
            return;
        webhook.active = false;
        webhook.disabled_at = batch.machine_now;
        projects::Definition changed = *found;
        changed.doc = to_doc(webhook);
        changed.updated_at = batch.machine_now;
        projects::save_definition(batch.tx, dead.project, changed);
        log::warn("webhook switched off: nothing came through for days",
                  {{"webhook", webhook.id.text()}, {"url", webhook.target_url}});
    };
    unit.done = [this](const db::Failure*) { mailbox.post([this] { --unanswered; }); };
    ++unanswered;
    if (!committer.submit(std::move(unit))) --unanswered;
}

void Deliverer::State::judge(const RawId& webhook, bool success) {
    Receiver& receiver = receivers[webhook];
    receiver.failures = success ? 0 : receiver.failures + 1;
    receiver.rests_until = steady_ms() + rest_ms(receiver.failures);
}

/// Gives back what is left and lets the lane go on.
void Deliverer::State::end(std::list<Parcel>::iterator parcel) {
    give_back(*parcel, now());
    if (parcel->lane) record({}, 0, parcel->lane);
    --receivers[parcel->target.id].under_way;
    parcels.erase(parcel);
    if (lacks_places) looks.signalled(steady_ms());
}

void Deliverer::State::give_back(Parcel& parcel, Timestamp next_at) {
    if (parcel.left.empty()) return;
    const std::int64_t lease = parcel.left.front().lease;
    std::vector<Delivery> after;
    for (const Delivery& d : parcel.left) after.push_back(given_back(d, next_at));
    parcel.left.clear();
    record(std::move(after), lease, std::nullopt);
}

/// Writes what became of deliveries under our lease; one that is somebody else's by now is left alone.
void Deliverer::State::record(std::vector<Delivery> after, std::int64_t lease,
                              std::optional<Lane> woken) {
    work::Unit unit;
    unit.lane = woken ? woken->customer.place() : after.front().id.place();
    const auto want = [](work::Batch& batch, const std::vector<Delivery>& all) {
        for (const Delivery& d : all) batch.get<Set>().want(DeliveryKey{d.project, d.id});
    };
    unit.want = [after, want](work::Batch& batch) { want(batch, after); };
    unit.run = [after = std::move(after), lease, woken](work::Batch& batch) {
        auto& set = batch.get<Set>();
        for (const Delivery& d : after) {
            const Delivery* row = set.find({d.project, d.id});
            if (row != nullptr && row->lease == lease) set.put(d);
        }
        if (woken) set.wake(*woken);
    };
    unit.done = [this, woken = woken.has_value()](const db::Failure* failure) {
        // A result that is not written is an attempt more, when the lease ends.
        mailbox.post([this, goes_on = woken && failure == nullptr] {
            --unanswered;
            if (goes_on) looks.signalled(steady_ms());
        });
    };
    ++unanswered;
    if (!committer.submit(std::move(unit))) --unanswered;
}

void Deliverer::State::clean() {
    clean_at = steady_ms() + clean_every_ms;
    const Timestamp before = now() + -options.keep_ms;
    std::vector<projects::Project> all;
    database.read([&](db::Tx& tx) { all = projects::list_projects(tx); });
    for (const projects::Project& project : all) {
        bool more = true;
        while (more && !stopping) {
            work::Unit unit;
            unit.alone = true;
            unit.run = [&](work::Batch& batch) {
                more = remove_old(batch.tx, project.number, before, clean_rows);
            };
            committer.run(std::move(unit));
        }
    }
}

}  // namespace perennial::webhooks
