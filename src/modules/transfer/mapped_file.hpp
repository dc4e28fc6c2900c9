// A file as read-only memory. Whoever shortens the file while it is mapped ends the process
// (SIGBUS): an import is resumable, so nothing but time is lost.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace perennial::transfer {

class MappedFile {
  public:
    static Result<MappedFile> open(const std::string& path);
    MappedFile() = default;
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    std::string_view text() const { return {data_, size_}; }

  private:
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Size and SHA-256 of the content: "52504639-3a62b16c…". An import goes on over the same
/// file only.
std::string fingerprint(std::string_view content);

}  // namespace perennial::transfer
