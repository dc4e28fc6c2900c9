#include "platform/config/config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace perennial::config {
namespace {

/// A file for as long as the test runs.
class ConfigFile {
  public:
    explicit ConfigFile(const std::string& text)
        : path_(std::filesystem::temp_directory_path() /
                ("perennial-config-" + std::to_string(::getpid()) + ".json")) {
        std::ofstream(path_) << text;
    }
    ~ConfigFile() { std::filesystem::remove(path_); }
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

const Origin& origin(const Config& config, std::string_view name) {
    for (const Origin& one : config.origins)
        if (one.setting->name == name) return one;
    throw InvariantBroken("no such setting");
}

TEST(Config, HasDefaults) {
    const auto config = load({}, {});
    ASSERT_TRUE(config);
    const Settings& settings = config->settings;
    EXPECT_EQ(settings.listen_host, "127.0.0.1");
    EXPECT_EQ(settings.listen_port, 8080);
    EXPECT_EQ(settings.database, "data/perennial.db");
    EXPECT_FALSE(settings.is_postgres);
    EXPECT_EQ(settings.public_url, "http://127.0.0.1:8080");
    EXPECT_EQ(settings.committers, 1);
    EXPECT_EQ(settings.buckets, 1);
    EXPECT_GE(settings.worker_threads, 2);
    EXPECT_EQ(settings.max_body_bytes, 1024 * 1024);
    EXPECT_FALSE(settings.webhook_allow_private);
    EXPECT_EQ(config->origins.size(), settings_table().size());
}

TEST(Config, FlagBeatsEnvironmentBeatsFile) {
    const ConfigFile file(R"({"listen": "0.0.0.0:1", "batch_max_ms": 1, "max_connections": 11,
                              "webhook_allow_private": true})");
    const auto config =
        load({{"config", file.path()}, {"batch-max-ms", "3"}},
             {{"PERENNIAL_BATCH_MAX_MS", "2"}, {"PERENNIAL_MAX_CONNECTIONS", "22"}});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->settings.listen_port, 1);
    EXPECT_EQ(config->settings.max_connections, 22);
    EXPECT_EQ(config->settings.batch_max_ms, 3);
    EXPECT_TRUE(config->settings.webhook_allow_private);
    EXPECT_EQ(origin(*config, "listen").source, Source::file);
    EXPECT_EQ(origin(*config, "max_connections").source, Source::environment);
    EXPECT_EQ(origin(*config, "batch_max_ms").source, Source::flag);
    EXPECT_EQ(origin(*config, "data_dir").source, Source::default_value);
}

TEST(Config, NamesAllMistakesAtOnce) {
    const ConfigFile file(R"({"lisen": "x", "max_body_bytes": 1.5, "log_level": "loud"})");
    const auto config = load({{"config", file.path()}, {"nonsense", "1"}, {"listen", "here"}},
                             {{"PERENNIAL_MAX_PIPELINED", "many"}, {"PERENNIAL_COMMITTERS", "2"}});
    ASSERT_FALSE(config);
    const std::string& details = config.error().details;
    for (const auto* part :
         {"lisen is not a setting; did you mean listen?", "max_body_bytes must be a text",
          "log_level must be one of debug|info|warn|error|off", "--nonsense is not a setting",
          "listen must be host:port", "PERENNIAL_MAX_PIPELINED must be an integer from 1 to 10000",
          "committers must be 1 on SQLite"})
        EXPECT_NE(details.find(part), std::string::npos) << part << " in:\n" << details;
    EXPECT_EQ(config.error().issues.size(), 7u);
}

TEST(Config, SaysWhatIsWrongWithTheFile) {
    EXPECT_FALSE(load({{"config", "/nonexistent/file.json"}}, {}));
    const ConfigFile broken("{\"listen\": ");
    EXPECT_FALSE(load({}, {{"PERENNIAL_CONFIG", broken.path()}}));
    const ConfigFile list("[]");
    EXPECT_FALSE(load({{"config", list.path()}}, {}));
}

TEST(Config, OnlyWarnsOfUnknownVariables) {
    const auto config = load({}, {{"PERENNIAL_SERVICE_HOST", "10.0.0.1"}});
    ASSERT_TRUE(config);
    ASSERT_EQ(config->warnings.size(), 1u);
}

TEST(Config, KnowsPostgres) {
    const auto config = load({{"database", "postgresql://u:secret@db/x?password=hidden&a=b"},
                              {"public-url", "https://loyal.example/"}},
                             {});
    ASSERT_TRUE(config);
    EXPECT_TRUE(config->settings.is_postgres);
    EXPECT_GE(config->settings.committers, 2);
    EXPECT_LE(config->settings.committers, 4);
    EXPECT_EQ(config->settings.buckets, 256);
    EXPECT_EQ(config->settings.public_url, "https://loyal.example");
    const std::string printed = print(*config);
    EXPECT_EQ(printed.find("secret"), std::string::npos);
    EXPECT_EQ(printed.find("hidden"), std::string::npos);
    EXPECT_NE(printed.find("postgresql://u:***@db/x?password=***&a=b"), std::string::npos);
    EXPECT_NE(printed.find("# flag"), std::string::npos);
    EXPECT_FALSE(load({{"database", "mysql://x"}}, {}));
}

TEST(Config, MasksPasswords) {
    EXPECT_EQ(mask_password("data/perennial.db"), "data/perennial.db");
    EXPECT_EQ(mask_password("postgresql://db/x"), "postgresql://db/x");
    EXPECT_EQ(mask_password("postgresql://u@db/x"), "postgresql://u@db/x");
    EXPECT_EQ(mask_password("postgresql://u:p/w@d@db:5432/x"), "postgresql://u:***@db:5432/x");
}

TEST(Config, ReadsAddresses) {
    const auto v6 = load({{"listen", "[::1]:0"}}, {});
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->settings.listen_host, "::1");
    EXPECT_EQ(v6->settings.listen_port, 0);
    EXPECT_EQ(load({{"listen", ":80"}}, {})->settings.listen_host, "0.0.0.0");
    for (const auto* bad : {"80", "host:", "host:70000", "host:-1"})
        EXPECT_FALSE(load({{"listen", bad}}, {})) << bad;
}

TEST(Config, DescribesEverySetting) {
    for (const Setting& setting : settings_table()) {
        EXPECT_FALSE(setting.description.empty()) << setting.name;
        EXPECT_TRUE(setting.type != Type::integer || setting.max > 0) << setting.name;
        EXPECT_TRUE(setting.type != Type::choice || !setting.choices.empty()) << setting.name;
    }
    EXPECT_EQ(settings_table()[0].environment_name(), "PERENNIAL_LISTEN");
}

}  // namespace
}  // namespace perennial::config
