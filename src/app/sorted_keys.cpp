#include "app/sorted_keys.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "modules/exports/model.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// A record: length of the text, text, id, number.
void append_record(std::string& out, const SortedKeys::Key& key) {
    const std::string text = json::serialize(key.sort);
    const auto length = static_cast<std::uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&length), sizeof length);
    out += text;
    out += key.id.view();
    out.append(reinterpret_cast<const char*>(&key.number), sizeof key.number);
}

constexpr std::size_t id_bytes = 16;

}  // namespace

SortedKeys::SortedKeys(bool descending, std::size_t run_max)
    : descending_(descending), run_max_(run_max) {}

SortedKeys::~SortedKeys() {
    if (file_ >= 0) close(file_);
}

bool SortedKeys::comes_before(const Key& a, const Key& b) const {
    if (exports::comes_before(a.sort, b.sort)) return !descending_;
    if (exports::comes_before(b.sort, a.sort)) return descending_;
    return descending_ ? std::tie(b.id, b.number) < std::tie(a.id, a.number)
                       : std::tie(a.id, a.number) < std::tie(b.id, b.number);
}

void SortedKeys::add(Key key) {
    run_.push_back(std::move(key));
    ++size_;
    if (run_.size() >= run_max_) spill();
}

void SortedKeys::spill() {
    if (file_ < 0) {
        std::string name =
            (std::filesystem::temp_directory_path() / "perennial-export-XXXXXX").string();
        file_ = mkostemp(name.data(), O_CLOEXEC);
        if (file_ < 0) fail("cannot make a file in the folder for temporary files");
        unlink(name.c_str());
    }
    std::ranges::sort(run_, [&](const Key& a, const Key& b) { return comes_before(a, b); });
    Run run{written_};
    std::string out;
    const auto write_out = [&] {
        for (std::size_t sent = 0; sent < out.size();) {
            const ssize_t took = pwrite(file_, out.data() + sent, out.size() - sent, written_);
            if (took < 0) fail("cannot write to the folder for temporary files");
            sent += static_cast<std::size_t>(took);
            written_ += took;
        }
        out.clear();
    };
    for (const Key& key : run_) {
        append_record(out, key);
        if (out.size() >= piece_bytes) write_out();
    }
    write_out();
    run.end = written_;
    runs_.push_back(std::move(run));
    run_.clear();
}

void SortedKeys::sort() {
    if (runs_.empty()) {
        std::ranges::sort(run_, [&](const Key& a, const Key& b) { return comes_before(a, b); });
        return;
    }
    if (!run_.empty()) spill();
    std::vector<Key>().swap(run_);
    for (Run& run : runs_) advance(run);
}

void SortedKeys::advance(Run& run) {
    run.head.reset();
    const auto need = [&](std::size_t bytes) {
        while (run.buffer.size() - run.used < bytes) {
            run.buffer.erase(0, run.used);
            run.used = 0;
            const std::size_t had = run.buffer.size();
            const auto wanted = std::min<std::int64_t>(piece_bytes, run.end - run.at);
            if (wanted == 0) return false;
            run.buffer.resize(had + static_cast<std::size_t>(wanted));
            const ssize_t got =
                pread(file_, run.buffer.data() + had, static_cast<std::size_t>(wanted), run.at);
            if (got <= 0) fail("cannot read the sorted rows again");
            run.buffer.resize(had + static_cast<std::size_t>(got));
            run.at += got;
        }
        return true;
    };
    const auto take = [&](std::size_t bytes) {
        const std::string_view out(run.buffer.data() + run.used, bytes);
        run.used += bytes;
        return out;
    };
    std::uint32_t length = 0;
    if (!need(sizeof length)) return;
    std::memcpy(&length, take(sizeof length).data(), sizeof length);
    if (!need(length + id_bytes + sizeof(Key::number))) fail("the sorted rows end early");
    Key key;
    key.sort = json::parse(take(length));
    key.id = RawId::from_bytes(take(id_bytes));
    std::memcpy(&key.number, take(sizeof key.number).data(), sizeof key.number);
    run.head = std::move(key);
}

std::optional<SortedKeys::Key> SortedKeys::next() {
    if (runs_.empty()) {
        if (given_ == run_.size()) return std::nullopt;
        return std::move(run_[given_++]);
    }
    Run* first = nullptr;
    for (Run& run : runs_)
        if (run.head && (first == nullptr || comes_before(*run.head, *first->head))) first = &run;
    if (first == nullptr) return std::nullopt;
    std::optional<Key> out = std::move(first->head);
    advance(*first);
    return out;
}

}  // namespace perennial::app
