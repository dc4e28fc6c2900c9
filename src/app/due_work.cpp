// What falls due, written down: docs/ARCHITECTURE.md. The writer takes it in the turn of the background.
#include <condition_variable>

#include "app/app.hpp"
#include "app/flows/auto_redeem.hpp"
#include "app/flows/roll_back_redemption.hpp"
#include "modules/members/auto_redeem.hpp"
#include "modules/members/commands.hpp"
#include "modules/projects/store.hpp"

namespace perennial::app {
namespace {

constexpr std::int64_t page = 500;
constexpr int waiting_max = 1000;  // commands that wait for the writer; the next page is read meanwhile

// Rolls the card forward. The timer is the card's own, of which nothing is left when the card has moved
// on from it, or its program's.
projects::Command wake_card(projects::ProjectNumber project, const ledger::CardId& card,
                            const jobs::Timer& timer) {
    projects::Command command;
    command.lane = card.place();
    command.want = [project, card](work::Batch& batch) {
        batch.get<ledger::Set>().want(project, card);
    };
    command.want_more = [project, card](work::Batch& batch) {
        if (const ledger::Card* found = batch.get<ledger::Set>().find(project, card))
            if (!found->customer.is_nil())
                batch.get<customers::Set>().want_id(project,
                                                    customers::CustomerId(found->customer));
    };
    command.run = [timer, card](const projects::Context& context) -> Result<http::Response> {
        ledger::Card* found = context.batch.get<ledger::Set>().find(context.project, card);
        const bool own = timer.kind == jobs::TimerKind::card;
        if (own && (found == nullptr || found->due_at() != timer.due_at))
            context.batch.get<jobs::TimerSet>().remove(context.project, timer.due_at, timer.kind,
                                                       timer.subject);
        if (found == nullptr) return http::no_content();
        members::roll(context, *found);
        if (own) return http::no_content();
        const members::Rulebook book = members::rulebook(*context.snapshot, found->program);
        members::await_auto_redeem(context, *found, timer.due_at);
        if (members::learn_birthday(context, *found, book, book.zone.local_date(context.now)))
            context.batch.get<ledger::Set>().touch(*found);
        return http::no_content();
    };
    return command;
}

}  // namespace

// The commands on their way to the writer.
class Engine::Waking {
  public:
    explicit Waking(Engine& engine) : engine_(engine) {}
    ~Waking() { wait_for_all(); }

    void submit(projects::ProjectNumber project, projects::Command command) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return waiting_ < waiting_max; });
            ++waiting_;
        }
        Wish wish;
        wish.project = project;
        wish.actor.channel = "SYSTEM";
        wish.turn = work::Turn::background;
        wish.command = std::move(command);
        while (!engine_.submit(wish, [this](Outcome outcome) { answered(outcome.response); }))
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }

    void wait_for_all() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ == 0; });
    }

    /// Commands that were accepted.
    std::int64_t done() {
        const std::lock_guard lock(mutex_);
        return done_;
    }

  private:
    void answered(const http::Response& response) {
        const std::lock_guard lock(mutex_);
        --waiting_;
        if (response.status < 300) ++done_;
        changed_.notify_all();
    }

    Engine& engine_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    std::int64_t done_ = 0;
};

// All cards of a program; the timer goes when all have been looked at, so that a killed process begins
// anew.
bool Engine::wake_program(Waking& waking, projects::ProjectNumber project,
                          const jobs::Timer& timer, const std::function<bool()>& goes_on) {
    const std::pair place(timer.subject, timer.due_at);
    ledger::CardPlace from;
    {
        const std::lock_guard lock(woken_mutex_);
        if (const auto known = woken_.find(place); known != woken_.end()) from = known->second;
    }
    bool all = false;
    while (!all) {
        std::vector<ledger::CardPlace> slice;
        database_->read([&](db::Tx& tx) {
            slice = ledger::cards_after(tx, project, ledger::ProgramId(timer.subject), from, page);
        });
        for (const ledger::CardPlace& card : slice)
            waking.submit(project, wake_card(project, card.id, timer));
        all = slice.empty();
        if (!all) from = slice.back();
        if (!goes_on()) break;
    }
    waking.wait_for_all();
    const std::lock_guard lock(woken_mutex_);
    if (!all) {
        woken_[place] = from;
        return false;
    }
    woken_.erase(place);
    projects::Command forget;
    forget.lane = timer.subject.place();
    forget.run = [timer](const projects::Context& context) -> Result<http::Response> {
        context.batch.get<jobs::TimerSet>().remove(context.project, timer.due_at, timer.kind,
                                                   timer.subject);
        return http::no_content();
    };
    waking.submit(project, std::move(forget));
    return true;
}

bool Engine::fire_timers(projects::ProjectNumber project, const std::function<bool()>& goes_on) {
    Waking waking(*this);
    std::optional<jobs::Timer> last;
    std::int64_t done_before = 0;
    for (;;) {
        if (!goes_on()) return false;
        std::vector<jobs::Timer> due;
        database_->read([&](db::Tx& tx) {
            if (auto found = projects::load_project(tx, project))
                due = jobs::due_timers(tx, project, found->now(machine_now()), last, page);
        });
        if (due.empty()) {
            if (!last) return true;
            // What was done may have left something that is due; what failed is not tried for ever.
            waking.wait_for_all();
            if (waking.done() == done_before) return false;
            done_before = waking.done();
            last.reset();
            continue;
        }
        for (const jobs::Timer& timer : due) {
            if (timer.kind == jobs::TimerKind::reservation) {
                waking.submit(project, flows::expire_reservation(
                                           project, timer.due_at,
                                           rewards::RedemptionId(timer.subject)));
            } else if (timer.kind == jobs::TimerKind::auto_redeem) {
                waking.submit(project, flows::auto_redeem(project, timer.due_at,
                                                          ledger::CardId(timer.subject)));
            } else if (timer.kind == jobs::TimerKind::program) {
                if (!wake_program(waking, project, timer, goes_on)) return false;
            } else {
                waking.submit(project, wake_card(project, ledger::CardId(timer.subject), timer));
            }
        }
        last = due.back();
    }
}

}  // namespace perennial::app
