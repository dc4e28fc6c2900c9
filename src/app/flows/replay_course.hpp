// What happened to a member, in the order in which it happened: what a replay goes through.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "app/flows/replay.hpp"

namespace perennial::flows {

struct Moment {
    enum class Kind : std::uint8_t { entry, order, event, back, part };
    Timestamp at;
    std::int64_t recorded = 0;  ///< by the machine's clock, for what happened at one moment
    std::int64_t seq = 0;
    std::uint32_t index = 0;
    Kind kind = Kind::entry;
};
/// One order of it.
struct OrderCourse {
    orders::Decision::Claim under;
    bool matters = false;  ///< to the program: was decided when the member had its card
    bool came_back = false;
    std::int64_t seq = 0;
    std::optional<Timestamp> back_at;  ///< when something first came back
    std::int64_t back_recorded = 0;
    std::int64_t back_seq = 0;
    Points posted_back;   ///< of it, what entries took
    Points under_back;    ///< in the world of the change
};

/// What one return took of one award, as its entry says.
struct ReturnPart {
    std::uint32_t order = 0;
    RawId rule;
    Points points;
};

struct Course {
    std::vector<Moment> moments;
    std::vector<OrderCourse> orders;  ///< by place in the history
    std::vector<ReturnPart> parts;
};

/// `with_returns`: what came back is a moment of its own.
Course course_of(const History&, const RawId& program, bool with_returns);

/// A word of an entry's detail. Details are written by us: `"key":"word"`, ids and words without escapes.
std::string_view text_in(std::string_view detail, std::string_view key);

}  // namespace perennial::flows
