// What answers without a project key: health, metrics, the front page, the API's description, set-up.
#pragma once
#include <optional>

#include "app/app.hpp"
#include "app/key_ring.hpp"
#include "app/openapi.hpp"

namespace perennial::app {

enum class Page : std::uint8_t { home, figures, healthz, readyz, metrics, openapi, docs, setup, asset };

std::optional<Page> is_page(std::string_view path);

http::Response answer_page(Page, const http::Request&, Engine&, const Description&, KeyRing&,
                           const config::Settings&, bool stopping);

}  // namespace perennial::app
