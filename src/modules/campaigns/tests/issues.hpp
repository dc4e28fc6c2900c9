// The mistakes of a refused body as one line of "pointer key", for tables of mistakes.
#pragma once
#include <string>

#include "base/json.hpp"

namespace perennial::test {

template <class T>
std::string issues_of(const Result<T>& result) {
    if (result) return "accepted";
    std::string out;
    for (const FieldIssue& issue : result.error().issues)
        out += (out.empty() ? "" : ", ") + issue.pointer + " " + issue.key;
    return out;
}

}  // namespace perennial::test
