#pragma once
#include <set>
#include <string>
#include <vector>

#include "cel/node.hpp"
#include "cel/trace.hpp"

namespace perennial::cel {

/// Writes a Trace while the plain program is evaluated.
class Tracer {
  public:
    Tracer(const ProgramParts& parts, Trace& trace)
        : parts_(parts),
          trace_(trace),
          values_(parts.plain.size()),
          local_paths_(parts.locals),
          local_labels_(parts.locals) {}

    /// After each node.
    void note(std::uint32_t index, const Value& value);
    /// Before each iteration of a comprehension.
    void bind(const Node& comprehension, std::size_t index, const Value& item, bool is_key);
    void bind_pair(const Node& comprehension, const Value& key, const Value& item);
    /// Of cel.bind(), optMap(), optFlatMap().
    void bind_value(const Node& comprehension);
    void unbind(const Node& comprehension);

  private:
    void note_step(std::uint32_t index, const Node& node, const Value& value);
    void note_fact(std::uint32_t index, const Value& given);
    std::string path_of(std::uint32_t index) const;
    std::string substituted(const Node& node) const;
    std::string item_label() const;
    std::uint32_t child(const Node& node, std::uint32_t i) const {
        return parts_.children[node.first + i];
    }

    const ProgramParts& parts_;
    Trace& trace_;
    std::vector<Value> values_;  // the latest of each node
    std::vector<std::string> local_paths_;
    std::vector<std::string> local_labels_;
    std::set<std::string> seen_;
};

}  // namespace perennial::cel
