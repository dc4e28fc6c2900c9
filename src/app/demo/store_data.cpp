#include "app/demo/catalog_data.hpp"

namespace perennial::app::demo {
namespace {

constexpr Hours at(int open_hour, int open_minute, int close_hour, int close_minute) {
    return {open_hour * 60 + open_minute, close_hour * 60 + close_minute};
}

constexpr std::array<Hours, 7> week(Hours weekdays, Hours saturday, Hours sunday) {
    return {sunday, weekdays, weekdays, weekdays, weekdays, weekdays, saturday};
}

constexpr Hours shut{};

}  // namespace

const std::vector<Store>& stores() {
    // Languages: en, ro, ru, pt, it. Weekdays: Sunday first.
    static const std::vector<Store> all{
        {"bucharest-old-town", 1, "Perennial Old Town", "București", "RO", "Europe/Bucharest",
         44.4323, 26.1010, week(at(7, 0, 21, 0), at(8, 0, 22, 0), at(8, 30, 20, 0)), 0, 200,
         {1000, 950, 980, 1000, 1020, 1120, 1080}, {80, 880, 20, 5, 15}},
        {"cluj-central", 2, "Perennial Cluj", "Cluj-Napoca", "RO", "Europe/Bucharest",
         46.7700, 23.5899, week(at(7, 0, 20, 0), at(8, 0, 20, 0), at(9, 0, 18, 0)), 0, 125,
         {820, 1060, 1060, 1050, 1040, 1010, 900}, {70, 910, 5, 5, 10}},
        {"chisinau-botanica", 3, "Perennial Chișinău", "Chișinău", "MD", "Europe/Chisinau",
         47.0225, 28.8353, week(at(7, 30, 20, 0), at(8, 30, 20, 0), at(9, 0, 19, 0)), 0, 125,
         {1050, 920, 950, 980, 1000, 1080, 1150}, {30, 490, 475, 0, 5}},
        {"riga-art-nouveau", 4, "Perennial Riga", "Rīga", "LV", "Europe/Riga",
         56.9590, 24.1090, week(at(7, 30, 19, 0), at(9, 0, 19, 0), at(9, 30, 18, 0)), 0, 90,
         {930, 990, 1010, 1020, 1010, 1020, 1000}, {205, 5, 785, 0, 5}},
        {"milan-navigli", 5, "Perennial Navigli", "Milano", "IT", "Europe/Rome",
         45.4507, 9.1733, week(at(6, 45, 20, 30), at(8, 0, 21, 30), at(8, 30, 21, 0)), 0, 145,
         {1280, 850, 870, 900, 960, 1080, 1360}, {75, 40, 15, 15, 855}},
        {"bologna-portici", 6, "Perennial Portici", "Bologna", "IT", "Europe/Rome",
         44.4940, 11.3430, week(at(7, 0, 19, 30), at(8, 0, 20, 0), at(9, 0, 14, 0)), 0, 85,
         {700, 1060, 1080, 1080, 1060, 1030, 960}, {50, 45, 5, 10, 890}},
        {"lisbon-chiado", 7, "Perennial Chiado", "Lisboa", "PT", "Europe/Lisbon",
         38.7107, -9.1425, week(at(7, 30, 20, 0), at(8, 30, 21, 0), at(9, 0, 20, 0)), 0, 105,
         {1120, 900, 930, 960, 990, 1080, 1180}, {140, 20, 5, 810, 25}},
        {"porto-ribeira", 8, "Perennial Ribeira", "Porto", "PT", "Europe/Lisbon",
         41.1407, -8.6110, week(at(8, 0, 19, 30), at(9, 0, 20, 0), at(9, 0, 19, 0)), 330, 110,
         {1100, 900, 940, 970, 1000, 1080, 1170}, {100, 5, 5, 870, 20}},
        {"dublin-docklands", 9, "Perennial Docklands", "Dublin", "IE", "Europe/Dublin",
         53.3478, -6.2400, week(at(6, 30, 18, 0), at(9, 0, 16, 0), shut), 0, 120,
         {0, 1080, 1140, 1150, 1120, 960, 480}, {845, 55, 10, 60, 30}},
    };
    return all;
}

}  // namespace perennial::app::demo
