#include <iterator>
#include <span>

#include "cel/node.hpp"

namespace perennial::cel {
namespace {

bool can_fold(const Node& node) {
    switch (node.op) {
        case Op::call:
        case Op::optional_or:
        case Op::optional_select:
        case Op::unary:
        case Op::binary:
        case Op::compare:
        case Op::conditional:
        case Op::make_list:
        case Op::make_map: return true;
        default: return false;
    }
}

std::span<const std::uint32_t> children_of(const ProgramParts& parts, const Node& node) {
    return std::span(parts.children).subspan(node.first, node.count);
}

/// An error stays for evaluation, which may absorb it.
void fold(ProgramParts& parts, std::uint32_t index) {
    Node& node = parts.fast[index];
    if (!can_fold(node)) return;
    for (const std::uint32_t child : children_of(parts, node))
        if (parts.fast[child].op != Op::constant) return;
    const Value value = evaluate_constant(parts, index, parts.constants);
    if (value.is_error()) return;
    node.op = Op::constant;
    node.constant = value;
}

void fuse_field(ProgramParts& parts, Node& node) {
    if (node.op != Op::field) return;
    const Node& operand = parts.fast[parts.children[node.first]];
    if (operand.op != Op::variable) return;
    node.op = Op::slot_field;
    node.bank = operand.bank;
    node.slot = operand.slot;
}

void fuse_compare(ProgramParts& parts, Node& node) {
    if (node.op != Op::compare) return;
    const Node* const left = &parts.fast[parts.children[node.first]];
    const Node* const right = &parts.fast[parts.children[node.first + 1]];
    if (left->op == Op::constant || right->op != Op::constant) return;
    const bool is_int = right->constant.is(Kind::integer);
    const bool is_text = right->constant.is(Kind::string) && (node.oper == Operator::equal ||
                                                              node.oper == Operator::not_equal);
    if (!is_int && !is_text) return;
    node.constant = right->constant;
    const bool in_registers = left->op == Op::slot_field &&
                              (is_int ? left->field->get_int != nullptr : left->field->get_text != nullptr);
    if (in_registers) {
        node.op = is_int ? Op::slot_field_compare_int : Op::slot_field_compare_text;
        node.bank = left->bank;
        node.slot = left->slot;
        node.field = left->field;
        node.structure = left->structure;
        node.get_int = left->field->get_int;
        node.get_text = left->field->get_text;
    } else {
        node.op = is_int ? Op::compare_int : Op::compare_text;
    }
}

}  // namespace

void specialise(ProgramParts& parts) {
    for (std::uint32_t i = 0; i < parts.fast.size(); ++i) {
        fold(parts, i);
        fuse_field(parts, parts.fast[i]);
        fuse_compare(parts, parts.fast[i]);
    }
}

}  // namespace perennial::cel
