// A member's statement: why the balance is what it is, in words, as of any moment.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "modules/ledger/model.hpp"
#include "modules/members/roll.hpp"

namespace perennial::members {

/// Names for what the entries refer to; each may give "" for what is not known any more.
struct Names {
    std::function<std::string(std::string_view order_id)> order;
    std::function<std::string(std::string_view rule_id, std::int64_t definitions)> rule;
    std::function<std::string(std::string_view tier_id)> tier;
};

struct StatementLine {
    Timestamp at;  ///< business time at which it counts
    std::string id;  ///< "vtx_…"; empty = has fallen due, and is saved with the next command
    std::string type;  ///< "POINTS_ACCRUAL" …, or ours: "PENDING_POINTS", "TIER" …
    std::string reason;
    Points points;
    Points pending;
    Points balance;  ///< after this line, in the order of the statement
};

struct Statement {
    std::optional<Timestamp> from;
    Timestamp at;
    Points opening;
    Points closing;
    Points pending;  ///< at the end
    std::string tier;  ///< name, at the end
    std::vector<StatementLine> lines;
};

/// What the card held before the first entry that the statement is made from.
struct Before {
    Points balance;
    Points pending;
    ledger::TierId tier;
};

/// Lines in order of business time, then of the chain; `due` are the steps that a roll forward to
/// `at` adds to the stored card. Counts what happened until `at`, that moment included, and lists
/// what happened from `from` on. Pure.
Statement make_statement(const std::vector<ledger::Entry>& oldest_first,
                         const std::vector<ledger::Posting>& due, std::optional<Timestamp> from,
                         Timestamp at, const Names&, const Before& = {});

json::object to_json(const Statement&, const ledger::Card&, std::string_view campaign);
/// A table for a terminal, local times.
std::string to_table(const Statement&, const ledger::Card&, std::string_view campaign,
                     const TimeZone&);

/// For a spreadsheet: a line each, opening and closing balance among them; UTC and local time.
std::string to_csv(const Statement&, const TimeZone&);
/// A page to print on A4, without scripts. `holder` is the member's name; may be empty.
std::string to_page(const Statement&, const ledger::Card&, std::string_view campaign,
                    std::string_view holder, const TimeZone&);

/// The postings that have fallen due on the stored card until `now`, as roll_forward finds them.
std::vector<ledger::Posting> due_postings(ledger::Card stored, const Rulebook&, Timestamp now);

}  // namespace perennial::members
