#include "platform/http/multipart.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/json.hpp"

namespace perennial::http {
namespace {

constexpr std::size_t boundary_max = 70;

std::unexpected<Error> no(std::string details) {
    return refuse(error::invalid_payload, std::move(details));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// `; name="value"` of a header after its first word; nothing when it is not there or broken.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
    std::size_t at = header.find(';');
    while (at != std::string_view::npos && at < header.size()) {
        ++at;
        const std::size_t equals = header.find('=', at);
        if (equals == std::string_view::npos) return std::nullopt;
        const std::string_view key = trim(header.substr(at, equals - at));
        std::size_t i = equals + 1;
        while (i < header.size() && (header[i] == ' ' || header[i] == '\t')) ++i;
        std::string value;
        if (i < header.size() && header[i] == '"') {
            bool closed = false;
            for (++i; i < header.size(); ++i) {
                if (header[i] == '"') {
                    closed = true;
                    ++i;
                    break;
                }
                if (header[i] == '\\' && i + 1 < header.size()) ++i;
                value += header[i];
            }
            if (!closed) return std::nullopt;
            at = header.find(';', i);
        } else {
            at = header.find(';', i);
            value = trim(header.substr(i, at == std::string_view::npos ? at : at - i));
        }
        if (same_word(key, name)) return value;
    }
    return std::nullopt;
}

Result<std::string> boundary_of(std::string_view content_type, std::string_view body) {
    const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
    if (!same_word(type, "multipart/form-data"))
        return no("Send the file as multipart/form-data in a part named file, or as text/csv");
    std::string boundary = parameter(content_type, "boundary").value_or("");
    if (boundary.empty() && body.starts_with("--"))
        boundary = std::string(body.substr(2, body.substr(0, 256).find("\r\n") - 2));
    if (boundary.empty() || boundary.size() > boundary_max ||
        boundary.find_first_of("\r\n") != std::string::npos)
        return no("The multipart boundary is missing, or longer than 70 characters");
    return boundary;
}

Result<FormPart> read_headers(std::string_view headers, std::size_t number) {
    FormPart part;
    bool named = false;
    while (!headers.empty()) {
        const std::size_t end = headers.find("\r\n");
        const std::string_view line = headers.substr(0, end);
        headers.remove_prefix(end == std::string_view::npos ? headers.size() : end + 2);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos)
            return no(fmt::format("Part {} of the form has a header without a colon", number));
        if (!same_word(trim(line.substr(0, colon)), "content-disposition")) continue;
        const std::string_view value = line.substr(colon + 1);
        part.name = parameter(value, "name").value_or("");
        part.filename = parameter(value, "filename").value_or("");
        named = !part.name.empty();
    }
    if (!named || !is_valid_utf8(part.name))
        return no(fmt::format("Part {} of the form has no name", number));
    return part;
}

}  // namespace

Result<std::vector<FormPart>> parse_form(std::string_view content_type, std::string_view body) {
    TRY(boundary, boundary_of(content_type, body));
    const std::string delimiter = "\r\n--" + boundary;
    std::vector<FormPart> parts;
    std::size_t at = 0;
    if (body.starts_with(std::string_view(delimiter).substr(2))) {
        at = delimiter.size() - 2;
    } else {
        at = body.find(delimiter);
        if (at == std::string_view::npos) return no("The form's first boundary is missing");
        at += delimiter.size();
    }
    for (;;) {
        std::string_view rest = body.substr(at);
        if (rest.starts_with("--")) return parts;
        while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t'))
            rest.remove_prefix(1);
        if (!rest.starts_with("\r\n"))
            return no(fmt::format("The boundary before part {} of the form is broken",
                                  parts.size() + 1));
        if (parts.size() == form_parts_max)
            return no(fmt::format("The form has more than {} parts", form_parts_max));
        rest.remove_prefix(2);
        std::string_view headers;
        if (rest.starts_with("\r\n")) {
            rest.remove_prefix(2);
        } else {
            const std::size_t end = rest.substr(0, form_headers_bytes_max).find("\r\n\r\n");
            if (end == std::string_view::npos)
                return no(fmt::format("The headers of part {} of the form have no end",
                                      parts.size() + 1));
            headers = rest.substr(0, end);
            rest.remove_prefix(end + 4);
        }
        TRY(part, read_headers(headers, parts.size() + 1));
        // An empty part's end may share the line break of its headers.
        const std::size_t begin = static_cast<std::size_t>(rest.data() - body.data());
        const std::size_t end = body.find(delimiter, begin - 2);
        if (end == std::string_view::npos)
            return no(fmt::format("Part {} of the form has no end: was the upload cut off?",
                                  parts.size() + 1));
        part.content = end < begin ? std::string_view() : body.substr(begin, end - begin);
        parts.push_back(std::move(part));
        at = end + delimiter.size();
    }
}

}  // namespace perennial::http
