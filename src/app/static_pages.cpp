#include "app/static_pages.hpp"

#include <algorithm>

#include "app/pages/files.hpp"
#include "base/error.hpp"
#include "platform/http/error_response.hpp"

namespace perennial::app {
namespace {

std::string_view content_type(std::string_view name) {
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".woff2")) return "font/woff2";
    if (name.ends_with(".svg")) return "image/svg+xml";
    return "application/octet-stream";
}

}  // namespace

http::Response static_asset(std::string_view path, std::string_view request_id) {
    constexpr std::string_view folder = "/assets/";
    const auto files = page_files();
    const auto file =
        path.starts_with(folder)
            ? std::ranges::find(files, path.substr(folder.size()), &PageFile::name)
            : files.end();
    if (file == files.end())
        return http::error_response({&error::not_found, "There is no such file"}, request_id);
    http::Response out{200, std::string(content_type(file->name)), std::string(file->text), {}};
    // The name holds a hash of the content, so it never changes.
    out.headers.push_back({"Cache-Control", "public, max-age=31536000, immutable"});
    out.headers.push_back({"X-Content-Type-Options", "nosniff"});
    return out;
}

}  // namespace perennial::app
