#include "cel/tracer.hpp"

#include <fmt/format.h>

#include "cel/json_value.hpp"

namespace perennial::cel {
namespace {

bool is_condition(const Node& node, const Value& value) {
    switch (node.op) {
        case Op::compare:
        case Op::has: return true;
        case Op::comprehension:
        case Op::call:
        case Op::optional_or:
        case Op::optional_select:
        case Op::binary:
        case Op::field:
        case Op::select: return value.is(Kind::boolean) || value.is_error();
        default: return false;
    }
}

bool is_part(const Node& node) {
    return node.op == Op::field || node.op == Op::select || node.op == Op::optional_select ||
           (node.op == Op::binary &&
            (node.oper == Operator::index || node.oper == Operator::optional_index));
}

}  // namespace

void Tracer::note(std::uint32_t index, const Value& value) {
    const Node& node = parts_.plain[index];
    values_[index] = value;
    if (node.op == Op::variable || is_part(node)) note_fact(index, value);
    if (is_condition(node, value)) note_step(index, node, value);
}

void Tracer::note_step(std::uint32_t index, const Node& node, const Value& value) {
    // An error that came from below has been noted where it began.
    if (value.is_error() && value.as_error().range.offset != node.range.offset &&
        node.op != Op::compare)
        return;
    if (trace_.steps.size() >= Trace::entries_max) {
        trace_.cut = true;
        return;
    }
    TraceStep step;
    step.range = node.range;
    step.source = parts_.source.substr(node.range.offset, node.range.length);
    step.value = to_text(value);
    step.substituted = is_part(node) ? "" : substituted(parts_.plain[index]);
    step.item = item_label();
    trace_.steps.push_back(std::move(step));
}

std::string Tracer::substituted(const Node& node) const {
    const auto shown = [&](std::uint32_t i) { return to_text(values_[child(node, i)]); };
    if (node.op == Op::compare || node.op == Op::binary)
        return fmt::format("{} {} {}", shown(0), operator_text(node.oper), shown(1));
    if (node.op != Op::call) return {};
    std::string arguments;
    for (std::uint32_t i = 0; i < node.count; ++i) arguments += (i == 0 ? "" : ", ") + shown(i);
    return fmt::format("{}({})", node.function ? node.function->name : "?", arguments);
}

void Tracer::note_fact(std::uint32_t index, const Value& given) {
    // What is selected as an optional is the fact itself, or null.
    Value value = given;
    while (value.is(Kind::optional)) value = value.held() ? *value.held() : Value();
    if (value.is_error() || value.is(Kind::structure) || value.is(Kind::type)) return;
    std::string path = path_of(index);
    if (path.empty()) return;
    const bool many = value.is(Kind::list) || value.is(Kind::map);
    if (many) path = fmt::format("size({})", path);
    if (!seen_.insert(path).second) return;
    if (trace_.facts.size() >= Trace::entries_max) {
        trace_.cut = true;
        return;
    }
    trace_.facts.push_back({std::move(path), many ? boost::json::value(value.size()) : to_json(value)});
}

std::string Tracer::path_of(std::uint32_t index) const {
    const Node& node = parts_.plain[index];
    if (node.op == Op::variable)
        return node.bank == 1 ? local_paths_[node.slot] : parts_.variable_names[node.slot];
    if (!is_part(node)) return {};
    const std::string operand = path_of(child(node, 0));
    if (operand.empty()) return operand;
    if (node.op != Op::binary) return fmt::format("{}.{}", operand, node.constant.as_text());
    const Value& key = values_[child(node, 1)];
    if (key.is(Kind::string)) return fmt::format("{}.{}", operand, key.as_text());
    return fmt::format("{}[{}]", operand, to_text(key));
}

void Tracer::bind(const Node& comprehension, std::size_t index, const Value& item, bool is_key) {
    const std::string range = path_of(child(comprehension, 0));
    std::string& path = local_paths_[comprehension.slot];
    path = range.empty() || is_key ? "" : fmt::format("{}[{}]", range, index);
    local_labels_[comprehension.slot] =
        path.empty() ? fmt::format("{} = {}", comprehension.constant.as_text(), to_text(item)) : path;
}

void Tracer::bind_pair(const Node& comprehension, const Value& key, const Value& item) {
    const std::string range = path_of(child(comprehension, 0));
    local_paths_[comprehension.slot].clear();
    std::string& path = local_paths_[comprehension.slot + 1];
    path.clear();
    if (!range.empty())
        path = key.is(Kind::string) ? fmt::format("{}.{}", range, key.as_text())
                                    : fmt::format("{}[{}]", range, to_text(key));
    local_labels_[comprehension.slot] =
        path.empty() ? fmt::format("{}: {}", to_text(key), to_text(item)) : path;
}

void Tracer::bind_value(const Node& comprehension) {
    local_paths_[comprehension.slot] = path_of(child(comprehension, 0));
}

void Tracer::unbind(const Node& comprehension) { local_labels_[comprehension.slot].clear(); }

std::string Tracer::item_label() const {
    for (std::size_t i = local_labels_.size(); i-- > 0;)
        if (!local_labels_[i].empty()) return local_labels_[i];
    return {};
}

std::string to_text(const Trace& trace) {
    std::string out;
    for (const TraceStep& step : trace.steps) {
        if (!step.item.empty()) out += fmt::format("[{}] ", step.item);
        out += step.source;
        if (!step.substituted.empty() && step.substituted != step.source)
            out += fmt::format(" → {}", step.substituted);
        out += fmt::format(" → {}\n", step.value);
    }
    if (trace.cut) out += "…\n";
    return out;
}

}  // namespace perennial::cel
