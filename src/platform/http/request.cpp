#include "platform/http/request.hpp"

#include <algorithm>
#include <array>

namespace perennial::http {
namespace {

constexpr std::array<std::string_view, 8> method_names{"GET",   "HEAD",   "POST",    "PUT",
                                                       "PATCH", "DELETE", "OPTIONS", "OTHER"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_in_any_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string_view method_name(Method method) {
    return method_names[static_cast<std::size_t>(method)];
}

Method method_from(std::string_view upper_case) {
    const auto found = std::ranges::find(method_names, upper_case);
    return found == method_names.end() ? Method::other
                                       : static_cast<Method>(found - method_names.begin());
}

void Headers::add(std::string_view name, std::string_view value) {
    fields_.push_back({static_cast<std::uint32_t>(text_.size()),
                       static_cast<std::uint32_t>(name.size()),
                       static_cast<std::uint32_t>(value.size())});
    text_ += name;
    text_ += value;
}

std::pair<std::string_view, std::string_view> Headers::at(std::size_t index) const {
    const Field& field = fields_[index];
    const std::string_view text(text_);
    return {text.substr(field.at, field.name_size),
            text.substr(field.at + field.name_size, field.value_size)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (fields_[i].name_size != name.size()) continue;
        const auto [sent_name, value] = at(i);
        if (same_in_any_case(sent_name, name)) return value;
    }
    return std::nullopt;
}

}  // namespace perennial::http
