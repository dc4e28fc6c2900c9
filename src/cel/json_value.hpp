// JSON seen as values, without copying: objects are maps of string to dyn, arrays are lists. Whole
// numbers are int; a number with a fraction is a decimal with the digits of its shortest text, so
// that formulas over metadata stay exact; one out of decimal's range is a double.
#pragma once
#include <boost/json/fwd.hpp>

#include "cel/value.hpp"

namespace perennial::cel {

Value from_json(const boost::json::value&);
Value from_json(const boost::json::object&);

/// For stored explanations: moments and durations as text, decimals as text, structs as objects.
boost::json::value to_json(const Value&);

}  // namespace perennial::cel
