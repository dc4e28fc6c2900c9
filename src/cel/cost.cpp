#include <algorithm>

#include "cel/node.hpp"

namespace perennial::cel {
namespace {

constexpr std::uint64_t steps_limit = std::uint64_t{1} << 62;  // no sum of two can overflow
constexpr std::uint64_t text_steps = 256 / 32;

using Bound = std::optional<std::uint64_t>;

Bound sum(Bound a, Bound b) {
    if (!a || !b) return std::nullopt;
    return std::min(*a + *b, steps_limit);
}

Bound product(Bound a, Bound b) {
    if (!a || !b) return std::nullopt;
    std::uint64_t result = 0;
    if (__builtin_mul_overflow(*a, *b, &result)) return steps_limit;
    return std::min(result, steps_limit);
}

class Estimate {
  public:
    Estimate(const Tree& tree, std::uint32_t locals) : tree_(tree), local_lengths_(locals) {}

    Bound steps(AstIndex index) {
        const Ast& at = tree_.nodes[index];
        if (!at.mistake.empty()) return 1;  // nothing below it is evaluated, nor has it been checked
        if (at.kind == AstKind::comprehension) {
            const Bound over = sum(1, steps(at.children[0]));
            const Bound items = loops(at.macro) ? length(at.children[0]) : 1;
            // A bound list is as long as the one it stands for.
            local_lengths_[at.slot] = at.macro == Macro::bind ? length(at.children[0]) : std::nullopt;
            if (!at.second_name.empty()) local_lengths_[at.slot + 1] = std::nullopt;
            Bound body = 1;
            for (std::size_t i = 1; i < at.children.size(); ++i) body = sum(body, steps(at.children[i]));
            return sum(over, product(items, body));
        }
        Bound total = 1;
        for (const AstIndex child : at.children) total = sum(total, steps(child));
        if (at.kind == AstKind::call) return sum(total, text_steps);
        if (at.kind != AstKind::binary) return total;
        const Kind left = tree_.nodes[at.children[0]].type.kind;
        const Kind right = tree_.nodes[at.children[1]].type.kind;
        if (left == Kind::string || left == Kind::bytes) total = sum(total, text_steps);
        if (right == Kind::list && at.op != Operator::index) total = sum(total, length(at.children[1]));
        if (left == Kind::list && at.op != Operator::index) total = sum(total, length(at.children[0]));
        return total;
    }

  private:
    /// Items of a list or map.
    Bound length(AstIndex index) const {
        const Ast& at = tree_.nodes[index];
        switch (at.kind) {
            case AstKind::list: return at.children.size();
            case AstKind::map: return at.children.size() / 2;
            case AstKind::select:
                if (at.field && at.field->max_items > 0) return at.field->max_items;
                return std::nullopt;
            case AstKind::name:
                if (!at.is_local) return std::nullopt;
                return local_lengths_[at.slot];
            case AstKind::comprehension:
                if (!loops(at.macro) || makes_map(at.macro)) return std::nullopt;
                return length(at.children[0]);
            case AstKind::binary:
                if (at.op != Operator::add) return std::nullopt;
                return sum(length(at.children[0]), length(at.children[1]));
            case AstKind::conditional: {
                const Bound then = length(at.children[1]);
                const Bound otherwise = length(at.children[2]);
                if (!then || !otherwise) return std::nullopt;
                return std::max(*then, *otherwise);
            }
            default: return std::nullopt;
        }
    }

    const Tree& tree_;
    std::vector<Bound> local_lengths_;
};

}  // namespace

Bound bound_steps(const Tree& tree, std::uint32_t locals) {
    return Estimate(tree, locals).steps(tree.root);
}

}  // namespace perennial::cel
