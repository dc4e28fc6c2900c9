// The evaluator: recursion over the flat array, a switch a node. `traced` is compiled twice, so that the
// untraced path carries nothing of it.
#pragma once
#include "cel/node.hpp"
#include "cel/tracer.hpp"

namespace perennial::cel {

struct Frame {
    const ProgramParts& parts;
    const Node* nodes;
    const Value* banks[2];  // variables, comprehension variables
    Value* locals;
    Arena& arena;
    std::int64_t steps_left;
    Tracer* tracer = nullptr;
    Value error = {};  // of the last Truth::error
};

enum class Truth : std::uint8_t { no, yes, error };

template <bool traced>
class Evaluator {
  public:
    explicit Evaluator(Frame& frame) : frame_(frame) {}

    Value value(std::uint32_t index);
    Truth truth(std::uint32_t index);

  private:
    Value value_of(std::uint32_t index, const Node& node);
    Truth truth_of(std::uint32_t index, const Node& node);
    Value fail(const Node& node, std::string_view message);
    Truth fail_truth(const Node& node, std::string_view message) {
        return keep(fail(node, message));
    }
    Truth keep(const Value& error) {
        frame_.error = error;
        return Truth::error;
    }
    Value wrap(Truth truth) const {
        return truth == Truth::error ? frame_.error : Value::boolean(truth == Truth::yes);
    }
    Truth unwrap(const Node& node, const Value& value);
    std::uint32_t child(const Node& node, std::uint32_t i) const {
        return frame_.parts.children[node.first + i];
    }
    Call call_for(const Node& node) const {
        return {frame_.arena, frame_.steps_left, node.range, node.pattern,
                frame_.parts.result == ResultType::value};
    }

    Value field_of(const Node& node, const Value& operand);
    Value select_of(const Node& node, const Value& operand);
    Value optional_select_of(const Node& node, const Value& operand);
    Value optional_or(const Node& node);
    std::string null_message(const Node& node, std::string_view name) const;
    Truth has(const Node& node);
    Value call(const Node& node);
    Value make_list(const Node& node);
    Value make_map(const Node& node);
    Value put(const Node& node, const MapEntry& entry, std::span<const MapEntry> entries);
    Truth compare(const Node& node);
    Truth compare_constant(const Node& node, const Value& left);
    Truth logical(const Node& node, Truth deciding);
    Value conditional(const Node& node);

    Value no_range(const Node& node, const Value& range);
    template <bool pair>
    bool bind(const Node& node, const Value& range, std::size_t index, std::uint32_t steps);
    template <bool pair>
    Truth quantified(const Node& node);
    template <bool pair>
    Truth exists_one(const Node& node);
    template <bool pair>
    Value collect(const Node& node);
    template <bool pair>
    Value collect_map(const Node& node);
    Value looped(const Node& node);
    bool spend(const Node& node, std::uint64_t steps);
    bool bind_one(const Node& node, const Value& value);
    Value over_one(const Node& node);
    bool is_optional_item(std::uint32_t index) const {
        return frame_.nodes[index].op == Op::optional_item;
    }

    Frame& frame_;
};

}  // namespace perennial::cel
