// What an expression may name: variables, each with a type and a slot.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/value.hpp"

namespace perennial::cel {

struct Variable {
    std::string name;
    Type type;
};

class Environment {
  public:
    /// Returns the variable's slot: 0, 1, 2 … in the order of declaration.
    std::uint32_t add(std::string name, Type type) {
        variables_.push_back({std::move(name), std::move(type)});
        return static_cast<std::uint32_t>(variables_.size() - 1);
    }
    std::span<const Variable> variables() const { return variables_; }

  private:
    std::vector<Variable> variables_;
};

}  // namespace perennial::cel
