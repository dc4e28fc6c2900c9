// What an evaluation did, for explanations. Filled only when asked for; the untraced path is another.
#pragma once
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cel/value.hpp"

namespace perennial::cel {

/// One condition, in the order of evaluation: `order.amount > 10000` → `5000 > 10000` → `false`.
struct TraceStep {
    SourceRange range;
    std::string source;       ///< "i.quantity >= 2"
    std::string substituted;  ///< "1 >= 2"; empty where it would say the same as `value`
    std::string value;        ///< "false", "error: …"
    std::string item;         ///< inside all/exists/…: "order.items[1]"; empty outside
};

/// A fact that was read, once per path: `order.items[1].quantity`.
struct FactRead {
    std::string path;
    boost::json::value value;
};

struct Trace {
    std::vector<TraceStep> steps;
    std::vector<FactRead> facts;
    bool cut = false;  ///< more than `entries_max` of either

    static constexpr std::size_t entries_max = 1000;
};

/// `order.amount > 10000 → 5000 > 10000 → false`, one line a step.
std::string to_text(const Trace&);

}  // namespace perennial::cel
