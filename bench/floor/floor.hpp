// What the floors share: options written name=value, words of claims, and figures.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

using Options = std::map<std::string, std::string>;

/// Ends the process when one is not known.
inline void read_options(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const auto equals = argument.find('=');
        if (equals == std::string::npos || !options.contains(argument.substr(0, equals))) {
            std::fprintf(stderr, "unknown option %s\n", argv[i]);
            std::exit(64);
        }
        options[argument.substr(0, equals)] = argument.substr(equals + 1);
    }
}

inline std::string claim_word(std::uint64_t n, bool is_random) {
    char word[40];
    std::snprintf(word, sizeof word, "ORD-%016llx",
                  static_cast<unsigned long long>(is_random ? n * 0x9E3779B97F4A7C15ULL : n));
    return word;
}

inline double quantile(const std::vector<double>& sorted, double q) {
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

/// One more of the JSON line.
inline void figure(const char* name, double value) {
    std::printf(",\"%s\":%.10g", name, std::round(value * 100) / 100);
}

/// Begins the line, with the options but for the one that says where.
inline void begin_figures(const char* bench, const Options& options, const char* where) {
    std::printf("{\"bench\":\"%s\"", bench);
    for (const auto& [name, value] : options)
        if (name != where) std::printf(",\"%s\":\"%s\"", name.c_str(), value.c_str());
}
