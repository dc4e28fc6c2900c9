// A compiled expression: immutable, shared by threads, evaluated against slots.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cel/arena.hpp"
#include "cel/environment.hpp"
#include "cel/trace.hpp"
#include "cel/value.hpp"

namespace perennial::cel {

struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 1;  ///< in code points, from 1
    std::uint32_t offset = 0;  ///< in bytes, from 0
};

struct CompileError {
    Position position;
    std::uint32_t length = 0;  ///< bytes
    std::string message;
};
using CompileErrors = std::vector<CompileError>;

/// "line 1, column 7: order has no field 'amout'; did you mean 'amount'?"
std::string to_text(const CompileError&);

enum class ResultType : std::uint8_t {
    any,
    boolean,  ///< a condition
    value,    ///< points or money: an int, reached without any double
};

enum class Typing : std::uint8_t {
    strict,
    dynamic,  ///< mistakes of type and unknown names become errors of evaluation
};

struct CompileOptions {
    ResultType result = ResultType::any;
    Typing typing = Typing::strict;
    std::uint32_t source_bytes_max = 32 * 1024;
    std::uint32_t depth_max = 200;
    /// Refuses an expression whose worst case is known to take more steps.
    std::uint64_t steps_max = 10'000'000;
};

struct EvaluateOptions {
    /// Steps are node evaluations, plus one for each 32 bytes or items that a function goes over.
    std::uint64_t steps_max = 10'000'000;
};

struct ProgramParts;

class Program {
  public:
    /// `variables` by slot. The result may point into `arena`, the facts or this program.
    Value evaluate(std::span<const Value> variables, Arena& arena, Trace* trace = nullptr,
                   const EvaluateOptions& = {}) const;

    const Type& result_type() const;
    const std::string& source() const;

    /// Every path the expression may read, sorted: "customer.tier", "order.items[].category".
    const std::vector<std::string>& reads() const;

    /// Steps of the worst case; nothing when a list or text of unknown length decides.
    std::optional<std::uint64_t> steps_bound() const;

    Position locate(std::uint32_t offset) const;
    /// "line 1, column 7: division by zero"
    std::string describe(const LanguageError&) const;

  private:
    friend std::expected<Program, CompileErrors> compile(const Environment&, std::string_view,
                                                         const CompileOptions&);
    explicit Program(std::shared_ptr<const ProgramParts> parts) : parts_(std::move(parts)) {}

    std::shared_ptr<const ProgramParts> parts_;
};

/// All mistakes of the expression, in the order of their places. Structs named by the environment must
/// outlive the program; the environment itself need not.
std::expected<Program, CompileErrors> compile(const Environment&, std::string_view source,
                                              const CompileOptions& = {});

}  // namespace perennial::cel
