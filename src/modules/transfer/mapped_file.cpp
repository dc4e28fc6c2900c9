#include "modules/transfer/mapped_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "modules/transfer/errors.hpp"

namespace perennial::transfer {
namespace {

std::unexpected<Error> unreadable(const std::string& path, int code) {
    return refuse(error::file_unreadable, fmt::format("{}: {}", path, std::strerror(code)));
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return unreadable(path, errno);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) {
        const int code = errno;
        ::close(descriptor);
        return unreadable(path, code);
    }
    if (!S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return refuse(error::file_unreadable,
                      fmt::format("{}: not a regular file. The import reads the file twice, so it "
                                  "cannot read from a pipe: write it to a file first.",
                                  path));
    }
    MappedFile out;
    out.size_ = static_cast<std::size_t>(status.st_size);
    if (out.size_ > 0) {
        void* data = ::mmap(nullptr, out.size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
        const int code = errno;
        if (data == MAP_FAILED) {
            out.size_ = 0;
            ::close(descriptor);
            return unreadable(path, code);
        }
        out.data_ = static_cast<const char*>(data);
    }
    ::close(descriptor);
    return out;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

std::string fingerprint(std::string_view content) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    CHECK(EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr) ==
          1);
    std::string out = fmt::format("{}-", content.size());
    for (unsigned int i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
    return out;
}

}  // namespace perennial::transfer
