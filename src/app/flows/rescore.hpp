// A program was edited, and what members have for their orders and events is to be as if the rules of today had
// always been in force: each is decided anew, the difference is posted, and the decisions are renewed, so that a
// later return takes back what was really given (docs/decisions/0070-backtest.md).
#pragma once
#include "app/flows/replay.hpp"
#include "app/flows/retier.hpp"

namespace perennial::flows {

struct Rescored {
    struct Line {
        RawId rule;
        Points was, was_back;  ///< given and taken back so far
        Points now, now_back;
    };
    struct Change {
        RawId id;  ///< of the order or event
        std::int64_t version = 0;  ///< the order's
        Timestamp counted_at;
        std::vector<Line> lines;
        std::vector<orders::Cut> cuts;
        json::object facts;
    };

    Retiered tier;
    std::int64_t seq = 0;  ///< of the card as stored
    Points was;            ///< what orders and events of the period gave and is not taken back
    Points now;
    std::vector<Change> orders;
    std::vector<Change> events;

    Points difference() const { return now - was; }
};

/// Nothing for a card that is gone, disabled or held by nobody. `today` is the book of the project as it is.
std::optional<Rescored> look_at_points(db::Tx&, projects::ProjectNumber, const Book& today, Books&,
                                       const ledger::CardId&, Timestamp from, Timestamp now);

/// What `rescore` needs.
void want_rescore(work::Batch&, projects::ProjectNumber, const Book& today, const Rescored&);

/// Posts the difference, renews the decisions, and moves the tier. False = the card or its orders have moved
/// on since they were looked at.
bool rescore(const projects::Context&, ledger::Card&, const Rescored&);

}  // namespace perennial::flows
