// The statement for spreadsheets and for paper.
#include <fmt/format.h>

#include "modules/members/statement.hpp"

namespace perennial::members {
namespace {

// RFC 4180. A text that a spreadsheet would take for a formula is kept a text.
std::string cell(std::string_view text) {
    std::string out = "\"";
    if (!text.empty() && std::string_view("=+-@\t\r").contains(text.front())) out += '\'';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

std::string wall(Timestamp at, const TimeZone& zone) {
    std::string text = zone.local_iso(at).substr(0, 16);
    text[10] = ' ';
    return text;
}

std::string signed_or_blank(Points points) {
    return points.is_zero() ? std::string() : fmt::format("{:+}", points.value);
}

constexpr std::string_view style =
    "@page{size:A4;margin:18mm}"
    "body{font:11pt/1.45 system-ui,sans-serif;color:#1c1c1c;margin:2rem auto;max-width:44rem}"
    "h1{font-size:18pt;margin:0 0 .2rem}p{margin:.2rem 0;color:#555}"
    "table{width:100%;border-collapse:collapse;margin-top:1.2rem}"
    "thead{display:table-header-group}tr{break-inside:avoid}"
    "th,td{text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid #ddd;"
    "vertical-align:top}"
    "td.n,th.n{text-align:right;padding-right:0;padding-left:.6rem;white-space:nowrap;"
    "font-variant-numeric:tabular-nums}td.t{white-space:nowrap}"
    "tr.sum td{font-weight:600;border-bottom:2px solid #1c1c1c}"
    "@media print{body{margin:0;max-width:none}}";

}  // namespace

std::string to_csv(const Statement& statement, const TimeZone& zone) {
    std::string out = "at,local_time,id,type,reason,points,pending_points,balance\r\n";
    auto row = [&](Timestamp at, std::string_view id, std::string_view type,
                   std::string_view reason, std::string_view points, std::string_view pending,
                   Points balance) {
        fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{}\r\n", at.iso(),
                       wall(at, zone), id, type, cell(reason), points, pending, balance.value);
    };
    if (statement.from)
        row(*statement.from, "", "OPENING_BALANCE", "Opening balance", "", "", statement.opening);
    for (const StatementLine& line : statement.lines)
        row(line.at, line.id, line.type, line.reason, std::to_string(line.points.value),
            std::to_string(line.pending.value), line.balance);
    row(statement.at, "", "CLOSING_BALANCE", "Closing balance", "", "", statement.closing);
    return out;
}

std::string to_page(const Statement& statement, const ledger::Card& card,
                    std::string_view campaign, std::string_view holder, const TimeZone& zone) {
    std::string rows;
    auto row = [&](std::string_view kind, Timestamp at, std::string_view what,
                   const std::string& points, const std::string& pending, Points balance) {
        fmt::format_to(std::back_inserter(rows),
                       "<tr{}><td class=\"t\">{}</td><td>{}</td><td class=\"n\">{}</td>"
                       "<td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                       kind, wall(at, zone), escaped(what), points, pending, balance.value);
    };
    constexpr std::string_view sum = " class=\"sum\"";
    if (statement.from)
        row(sum, *statement.from, "Opening balance", "", "", statement.opening);
    for (const StatementLine& line : statement.lines)
        row("", line.at, line.reason, signed_or_blank(line.points), signed_or_blank(line.pending),
            line.balance);
    row(sum, statement.at, "Closing balance", "",
        statement.pending.is_zero() ? "" : std::to_string(statement.pending.value),
        statement.closing);
    std::string who = fmt::format("Card {}", escaped(card.code));
    if (!holder.empty()) who = fmt::format("{} &middot; {}", escaped(holder), who);
    if (!statement.tier.empty()) who += fmt::format(" &middot; {}", escaped(statement.tier));
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\">"
        "<title>{0}: statement of card {1}</title><style>{2}</style></head>\n"
        "<body><h1>{0}</h1><p>{3}</p><p>{4} to {5}, times in {6}</p>\n"
        "<table><thead><tr><th>Date</th><th>What</th><th class=\"n\">Points</th>"
        "<th class=\"n\">Pending</th><th class=\"n\">Balance</th></tr></thead>\n<tbody>\n{7}"
        "</tbody></table></body></html>\n",
        escaped(campaign), escaped(card.code), style, who,
        statement.from ? wall(*statement.from, zone) : "From the beginning",
        wall(statement.at, zone), escaped(zone.name()), rows);
}

}  // namespace perennial::members
