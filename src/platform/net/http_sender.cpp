#include "platform/net/http_sender.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/error.hpp"
#include "platform/net/address_filter.hpp"

namespace perennial::net {
namespace {

constexpr long idle_connections_max = 32;

struct Transfer {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    Outgoing request;
    std::move_only_function<void(Answer)> done;
    bool allow_private = false;
    std::size_t answer_bytes_left = 0;
    std::string refused;  ///< the address that was
    std::array<char, CURL_ERROR_SIZE> error{};

    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() {
        curl_easy_cleanup(easy);
        curl_slist_free_all(headers);
    }
};

curl_socket_t open_socket(void* client, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<Transfer*>(client);
    if (!transfer.allow_private && !is_public_address(address->addr)) {
        transfer.refused = address_text(address->addr);
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t read_answer(char*, std::size_t size, std::size_t count, void* client) {
    auto& transfer = *static_cast<Transfer*>(client);
    const std::size_t bytes = size * count;
    if (bytes > transfer.answer_bytes_left) return 0;  // ends the transfer
    transfer.answer_bytes_left -= bytes;
    return bytes;
}

std::string error_of(const Transfer& transfer, CURLcode code) {
    if (!transfer.refused.empty())
        return "refused: " + transfer.refused +
               " is not a public address (see the setting webhook_allow_private)";
    if (transfer.error[0] != '\0') return transfer.error.data();
    return curl_easy_strerror(code);
}

void global_init() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    CHECK(code == CURLE_OK);
}

}  // namespace

struct HttpSender::State {
    explicit State(SenderOptions options_) : options(std::move(options_)) {}

    SenderOptions options;
    CURLM* multi = nullptr;
    std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers;
};

std::optional<std::string> url_problem(std::string_view text) {
    const std::string copy(text);
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
    CHECK(url != nullptr);
    const auto part = [&](CURLUPart which) {
        char* found = nullptr;
        std::string out;
        if (curl_url_get(url.get(), which, &found, 0) == CURLUE_OK) out = found;
        curl_free(found);
        return out;
    };
    if (copy.size() != std::char_traits<char>::length(copy.c_str()) ||
        std::ranges::any_of(copy, [](char c) { return static_cast<unsigned char>(c) <= 0x20; }))
        return "must not contain spaces or control characters";
    if (curl_url_set(url.get(), CURLUPART_URL, copy.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
        CURLUE_OK)
        return "must be an absolute URL";
    const std::string scheme = part(CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") return "must begin with https:// or http://";
    if (part(CURLUPART_HOST).empty()) return "must name a host";
    if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty())
        return "must not contain a user name or password";
    return std::nullopt;
}

HttpSender::HttpSender(SenderOptions options) : state_(std::make_unique<State>(std::move(options))) {
    global_init();
    state_->multi = curl_multi_init();
    CHECK(state_->multi != nullptr);
    curl_multi_setopt(state_->multi, CURLMOPT_MAXCONNECTS, idle_connections_max);
}

HttpSender::~HttpSender() {
    give_up_all();
    curl_multi_cleanup(state_->multi);
}

void HttpSender::give_up_all() {
    for (const auto& [easy, transfer] : state_->transfers)
        curl_multi_remove_handle(state_->multi, easy);
    state_->transfers.clear();
}

void HttpSender::post(Outgoing request, std::move_only_function<void(Answer)> done) {
    auto transfer = std::make_unique<Transfer>();
    Transfer& t = *transfer;
    const SenderOptions& options = state_->options;
    t.request = std::move(request);
    t.done = std::move(done);
    t.allow_private = options.allow_private;
    t.answer_bytes_left = options.answer_max_bytes;
    t.easy = curl_easy_init();
    CHECK(t.easy != nullptr);
    for (const auto& [name, value] : t.request.headers)
        t.headers = curl_slist_append(t.headers, (name + ": " + value).c_str());
    // Without this curl waits for "100 Continue" before it sends bodies over 1 MB.
    t.headers = curl_slist_append(t.headers, "Expect:");
    const auto set = [&](CURLoption option, auto value) {
        CHECK(curl_easy_setopt(t.easy, option, value) == CURLE_OK);
    };
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");  // the environment's, too: a proxy would connect where we must not
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(CURLOPT_OPENSOCKETDATA, &t);
    set(CURLOPT_WRITEFUNCTION, read_answer);
    set(CURLOPT_WRITEDATA, &t);
    set(CURLOPT_ERRORBUFFER, t.error.data());
    set(CURLOPT_HTTPHEADER, t.headers);
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(t.request.body.size()));
    set(CURLOPT_POSTFIELDS, t.request.body.data());
    set(CURLOPT_URL, t.request.url.c_str());
    CHECK(curl_multi_add_handle(state_->multi, t.easy) == CURLM_OK);
    state_->transfers.emplace(t.easy, std::move(transfer));
}

std::size_t HttpSender::under_way() const { return state_->transfers.size(); }

void HttpSender::run(std::chrono::milliseconds wait_max) {
    int running = 0;
    CHECK(curl_multi_perform(state_->multi, &running) == CURLM_OK);
    bool finished = false;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(state_->multi, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        finished = true;
        const CURLcode code = message->data.result;
        auto node = state_->transfers.extract(message->easy_handle);
        CHECK(!node.empty());
        Transfer& t = *node.mapped();
        long status = 0;
        curl_off_t took_us = 0;
        curl_easy_getinfo(t.easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(t.easy, CURLINFO_TOTAL_TIME_T, &took_us);
        curl_multi_remove_handle(state_->multi, t.easy);
        Answer answer{.took_ms = took_us / 1000};
        // An answer that is too long was cut off by us; one that broke off was not received.
        if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0))
            answer.status = static_cast<int>(status);
        else
            answer.error = error_of(t, code);
        t.done(std::move(answer));
    }
    if (finished || wait_max.count() <= 0) return;
    CHECK(curl_multi_poll(state_->multi, nullptr, 0, static_cast<int>(wait_max.count()), nullptr) ==
          CURLM_OK);
}

void HttpSender::wake() { curl_multi_wakeup(state_->multi); }

}  // namespace perennial::net
