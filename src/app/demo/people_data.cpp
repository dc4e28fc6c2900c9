#include "app/demo/people_data.hpp"

#include "base/error.hpp"

namespace perennial::app::demo {
namespace {

using Names = std::span<const std::string_view>;

// Each list starts with the commonest.

constexpr std::string_view en_female[]{
    "Emily",  "Sarah",   "Aoife",   "Grace",  "Niamh",   "Olivia", "Hannah",  "Emma",
    "Ciara",  "Lucy",    "Sophie",  "Ella",   "Siobhán", "Rachel", "Charlotte", "Megan",
    "Róisín", "Laura",   "Katie",   "Amy",    "Clodagh", "Alice",  "Zoë",     "Eleanor",
    "Sinéad", "Jessica", "Rebecca", "Freya",  "Orla",    "Imogen", "Caoimhe", "Harriet"};
constexpr std::string_view en_male[]{
    "Jack",   "James",  "Conor",  "Daniel", "Seán",    "Michael", "Oliver",  "Thomas",
    "Adam",   "Luke",   "Cillian", "Harry", "David",   "Ryan",    "Patrick", "Ben",
    "Eoin",   "George", "Liam",   "Samuel", "Pádraig", "Matthew", "Oscar",   "Henry",
    "Darragh", "Alex",  "Rory",   "Edward", "Fionn",   "Peter",   "Oisín",   "Arthur"};
constexpr std::string_view en_last[]{
    "Murphy",    "Kelly",    "O'Sullivan", "Walsh",   "Smith",    "O'Brien",  "Byrne",
    "Ryan",      "O'Connor", "Doyle",      "Wilson",  "Taylor",   "McCarthy", "Gallagher",
    "Brown",     "Davies",   "Kennedy",    "Lynch",   "Murray",   "Quinn",    "Moore",
    "Clarke",    "Evans",    "Collins",    "Hughes",  "Nolan",    "Brennan",  "Turner",
    "Fitzgerald", "Power",   "Ward",       "Harrison", "Whelan",  "Bennett",  "Foley",
    "Keane",     "Sheridan", "Hayes",      "Barrett", "Ashworth", "Kavanagh", "Ó Néill",
    "Delaney",   "Pemberton", "Redmond",   "Hartley", "Mulligan", "Blackwood"};

constexpr std::string_view ro_female[]{
    "Maria",    "Elena",   "Andreea",  "Ioana",   "Ana",      "Alexandra", "Cristina", "Mihaela",
    "Gabriela", "Daniela", "Raluca",   "Diana",   "Ștefania", "Simona",    "Oana",     "Larisa",
    "Bianca",   "Teodora", "Alina",    "Roxana",  "Irina",    "Ilinca",    "Corina",   "Anca",
    "Mădălina", "Sorina",  "Ruxandra", "Lăcrămioara", "Adina", "Sânziana", "Georgiana", "Smaranda"};
constexpr std::string_view ro_male[]{
    "Andrei",  "Alexandru", "Ion",    "Mihai",  "Cristian", "Ștefan", "Gabriel", "Ionuț",
    "Bogdan",  "Vlad",      "Radu",   "Adrian", "Florin",   "Răzvan", "Marius",  "Daniel",
    "Cătălin", "Tudor",     "Sorin",  "Dragoș", "Victor",   "Rareș",  "Liviu",   "Matei",
    "Călin",   "Octavian",  "Șerban", "Horia",  "Iulian",   "Doru",   "Silviu",  "Grigore"};
constexpr std::string_view ro_last[]{
    "Popescu",   "Ionescu",  "Popa",     "Radu",      "Dumitrescu", "Stan",     "Stoica",
    "Gheorghe",  "Rusu",     "Munteanu", "Constantin", "Marin",     "Florea",   "Matei",
    "Moldovan",  "Ciobanu",  "Ungureanu", "Țurcanu",  "Nistor",     "Dobre",    "Barbu",
    "Crăciun",   "Șerban",   "Lungu",    "Sandu",     "Mureșan",    "Cojocaru", "Vasilescu",
    "Diaconu",   "Bălan",    "Tănase",   "Dănilă",    "Grigorescu", "Preda",    "Neagu",
    "Țîrdea",    "Zamfir",   "Bucur",    "Petrescu",  "Ceban",      "Hriscu",   "Câmpeanu",
    "Păun",      "Dinu",     "Argeșanu", "Vlădescu",  "Brâncoveanu", "Iordăchescu"};

constexpr std::string_view ru_female[]{
    "Анна",     "Мария",   "Елена",   "Ольга",    "Екатерина", "Наталья", "Татьяна", "Ирина",
    "Анастасия", "Дарья",  "Юлия",    "Светлана", "Александра", "Ксения", "Полина",  "Виктория",
    "Марина",   "Вера",    "Алина",   "Надежда",  "Софья",     "Евгения", "Людмила", "Варвара",
    "Любовь",   "Алёна",   "Кристина", "Лидия",   "Маргарита", "Инна",    "Злата",   "Василиса"};
constexpr std::string_view ru_male[]{
    "Александр", "Сергей", "Дмитрий", "Андрей",  "Алексей", "Максим",    "Иван",    "Михаил",
    "Николай",   "Артём",  "Евгений", "Владимир", "Роман",  "Павел",     "Илья",    "Олег",
    "Игорь",     "Кирилл", "Виктор",  "Юрий",    "Денис",   "Константин", "Антон",  "Никита",
    "Фёдор",     "Глеб",   "Тимур",   "Егор",    "Вадим",   "Степан",    "Лев",     "Матвей"};
constexpr std::string_view ru_last[]{
    "Иванов",    "Смирнов",  "Кузнецов", "Попов",     "Васильев", "Петров",    "Соколов",
    "Михайлов",  "Новиков",  "Фёдоров",  "Морозов",   "Волков",   "Алексеев",  "Лебедев",
    "Семёнов",   "Егоров",   "Павлов",   "Козлов",    "Степанов", "Николаев",  "Орлов",
    "Андреев",   "Макаров",  "Никитин",  "Захаров",   "Зайцев",   "Соловьёв",  "Борисов",
    "Яковлев",   "Белозерский", "Романов", "Воробьёв", "Шевченко", "Кузьмин",  "Фролов",
    "Жуковский", "Щербаков", "Крылов",   "Ткаченко",  "Гусев",    "Вишневский", "Хромой",
    "Цветков",   "Юдин",     "Чайковский", "Бондаренко", "Лисицын", "Эйдельман"};

constexpr std::string_view pt_female[]{
    "Maria",   "Ana",     "Beatriz", "Inês",   "Mariana", "Joana",   "Sofia",    "Leonor",
    "Catarina", "Rita",   "Carolina", "Matilde", "Marta", "Sara",    "Francisca", "Teresa",
    "Margarida", "Helena", "Filipa", "Conceição", "Raquel", "Patrícia", "Cláudia", "Mónica",
    "Vitória", "Lúcia",   "Benedita", "Luísa", "Graça",   "Mafalda", "Constança", "Íris"};
constexpr std::string_view pt_male[]{
    "João",    "José",   "Pedro",   "Tiago",   "Miguel",  "Francisco", "Rui",    "Duarte",
    "António", "Diogo",  "Nuno",    "Gonçalo", "Afonso",  "Ricardo",   "André",  "Bruno",
    "Tomás",   "Paulo",  "Rafael",  "Henrique", "Luís",   "Martim",    "Vasco",  "Simão",
    "Salvador", "Jorge", "Estêvão", "Álvaro",  "Sérgio",  "Lourenço",  "Inácio", "Xavier"};
constexpr std::string_view pt_last[]{
    "Silva",    "Santos",   "Ferreira", "Pereira", "Oliveira", "Costa",    "Rodrigues",
    "Martins",  "Sousa",    "Fernandes", "Gonçalves", "Gomes", "Lopes",    "Marques",
    "Alves",    "Almeida",  "Ribeiro",  "Pinto",   "Carvalho", "Teixeira", "Moreira",
    "Correia",  "Mendes",   "Nunes",    "Soares",  "Vieira",   "Monteiro", "Cardoso",
    "Rocha",    "Neves",    "Coelho",   "Cruz",    "Cunha",    "Simões",   "Antunes",
    "Magalhães", "Araújo",  "Faria",    "Conceição", "Guimarães", "Brandão", "Falcão",
    "Leitão",   "Morais",   "Saraiva",  "Quintão", "Azevedo",  "Vasconcelos"};

constexpr std::string_view it_female[]{
    "Giulia",   "Francesca", "Chiara",  "Sara",     "Martina",  "Valentina", "Alessia",  "Anna",
    "Elisa",    "Federica",  "Silvia",  "Elena",    "Laura",    "Sofia",     "Aurora",   "Giorgia",
    "Beatrice", "Alice",     "Ilaria",  "Camilla",  "Ludovica", "Arianna",   "Greta",
    "Benedetta", "Matilde",  "Serena",  "Noemi",    "Caterina", "Margherita", "Ginevra",
    "Loredana", "Fiammetta"};
constexpr std::string_view it_male[]{
    "Andrea",   "Marco",   "Francesco", "Matteo",  "Alessandro", "Luca",     "Lorenzo", "Davide",
    "Simone",   "Giuseppe", "Riccardo", "Federico", "Stefano",   "Gabriele", "Antonio", "Giovanni",
    "Tommaso",  "Pietro",  "Nicolò",    "Edoardo", "Filippo",    "Emanuele", "Leonardo", "Daniele",
    "Enrico",   "Giacomo", "Salvatore", "Michele", "Cristiano",  "Niccolò",  "Umberto", "Ettore"};
constexpr std::string_view it_last[]{
    "Rossi",    "Ferrari",  "Russo",    "Bianchi",  "Colombo",  "Romano",   "Ricci",
    "Marino",   "Greco",    "Bruno",    "Gallo",    "Conti",    "De Luca",  "Mancini",
    "Costa",    "Giordano", "Rizzo",    "Lombardi", "Moretti",  "Barbieri", "Fontana",
    "Santoro",  "Mariani",  "Rinaldi",  "Caruso",   "Ferrara",  "Galli",    "Martini",
    "Leone",    "Longo",    "Gentile",  "Martinelli", "Vitale", "D'Angelo", "Serra",
    "Coppola",  "De Santis", "Villa",   "Cattaneo", "Monti",    "Pellegrini", "Sala",
    "Zanetti",  "Dell'Orto", "Fumagalli", "Nicolò", "Lanzafame", "Scognamiglio"};

struct LanguageNames {
    Names female;
    Names male;
    Names last;
};
constexpr std::array<LanguageNames, 5> names{{{en_female, en_male, en_last},
                                              {ro_female, ro_male, ro_last},
                                              {ru_female, ru_male, ru_last},
                                              {pt_female, pt_male, pt_last},
                                              {it_female, it_male, it_last}}};

// The first of a list comes up about five times as often as the last.
std::string_view draw_common(Random& random, Names list) {
    const auto size = static_cast<std::int64_t>(list.size());
    std::int64_t at = random.below(size);
    if (random.permille(600)) at = random.below(at + 1);
    return list[static_cast<std::size_t>(at)];
}

struct Streets {
    std::string_view country;
    std::string_view format;  // '*' is the name, '#' the house
    std::string_view postal;  // '#' is a digit
    std::span<const std::string_view> names;
};
constexpr std::string_view ro_streets[]{"Teilor", "Salcâmilor", "Viilor", "Morii", "Fântânii",
                                        "Livezilor", "Izvorului", "Zorilor", "Școlii", "Grădinii"};
constexpr std::string_view md_streets[]{"Cuza-Vodă", "Nucului", "Trandafirilor", "Independenței",
                                        "Grenoble", "Zelinski", "Hristo Botev", "Burebista"};
constexpr std::string_view lv_streets[]{"Alberta", "Elizabetes", "Liepu", "Bērzu", "Ozolu",
                                        "Ģertrūdes", "Miera", "Avotu", "Kļavu", "Dzirnavu"};
constexpr std::string_view it_streets[]{"dei Tigli", "della Fonte", "Garibaldi", "dei Mulini",
                                        "San Rocco", "delle Rose", "Mazzini", "del Pozzo",
                                        "Sant'Anna", "dei Giardini"};
constexpr std::string_view pt_streets[]{"das Flores", "da Fonte", "do Carmo", "das Amoreiras",
                                        "da Esperança", "do Sol", "dos Moinhos", "da Alegria",
                                        "das Oliveiras", "de São Bento"};
constexpr std::string_view ie_streets[]{"Linden Road", "Chapel Lane", "Mill Street", "Orchard Park",
                                        "Harbour View", "Ashfield Avenue", "Castle Terrace",
                                        "Quayside Row", "Rowan Close", "Abbey Street"};
constexpr Streets streets[]{{"RO", "Strada * nr. #", "0#####", ro_streets},
                            {"MD", "str. * #", "MD-20##", md_streets},
                            {"LV", "* iela #", "LV-10##", lv_streets},
                            {"IT", "Via *, #", "4####", it_streets},
                            {"PT", "Rua *, #", "1###-###", pt_streets},
                            {"IE", "# *", "D0# X###", ie_streets}};

using Words = std::span<const std::string_view>;
struct Reviews {
    Words good;
    Words middling;
    Words bad;
};
constexpr std::string_view en_good[]{
    "Best flat white in town.", "Lovely staff, they remember my order.",
    "The beans arrived two days after roasting. Superb.", "Quiet corner, good light, great cake.",
    "Beautifully packed, my sister was delighted."};
constexpr std::string_view en_middling[]{"Good coffee, but the queue is long at eight.",
                                         "Nice, though a little pricey.",
                                         "Fine. The croissant was better last time."};
constexpr std::string_view en_bad[]{"My latte was lukewarm and nobody apologised.",
                                    "Parcel came late and the box was dented."};
constexpr std::string_view ro_good[]{
    "Cea mai bună cafea din oraș.", "Personal foarte amabil, mă întorc cu drag.",
    "Boabele sunt proaspete, se simte diferența.", "Papanașii sunt ca la bunica.",
    "Ambalaj frumos, cadou reușit."};
constexpr std::string_view ro_middling[]{"Cafea bună, dar se stă mult la coadă dimineața.",
                                         "Bun, însă puțin cam scump.",
                                         "În regulă, dar muzica e prea tare."};
constexpr std::string_view ro_bad[]{"Cappuccino rece și servire lentă.",
                                    "Coletul a întârziat o săptămână și nu m-a anunțat nimeni."};
constexpr std::string_view ru_good[]{
    "Лучший капучино в городе.", "Очень приветливые бариста, всегда улыбаются.",
    "Зерно свежее, аромат на всю кухню.", "Уютно, тихо, удобно работать с ноутбуком.",
    "Подарочный набор собран с любовью."};
constexpr std::string_view ru_middling[]{"Кофе хороший, но по утрам большая очередь.",
                                         "Вкусно, хотя дороговато.",
                                         "Нормально, но сырники были суховаты."};
constexpr std::string_view ru_bad[]{"Заказ перепутали, пришлось ждать ещё двадцать минут.",
                                    "Посылка пришла с опозданием, коробка помята."};
constexpr std::string_view pt_good[]{
    "O melhor café do bairro.", "Equipa simpática e pastéis de nata ainda quentes.",
    "Grão fresco, moagem perfeita.", "Sítio calmo para trabalhar de manhã.",
    "A caixa de oferta chegou impecável."};
constexpr std::string_view pt_middling[]{"Bom café, mas a fila é longa.",
                                         "Agradável, um pouco caro.",
                                         "Está bem, mas a sopa podia vir mais quente."};
constexpr std::string_view pt_bad[]{"Esperei meia hora e o pedido veio trocado.",
                                    "A encomenda chegou atrasada e sem aviso."};
constexpr std::string_view it_good[]{
    "Espresso perfetto, crema da manuale.", "Personale gentilissimo, torno sempre volentieri.",
    "Chicchi freschi, profumo incredibile.", "Il cannolo vale il viaggio.",
    "Confezione regalo curata nei dettagli."};
constexpr std::string_view it_middling[]{"Buono, ma al mattino c'è troppa coda.",
                                         "Piacevole, prezzi un po' alti.",
                                         "Discreto, la focaccia era un po' asciutta."};
constexpr std::string_view it_bad[]{"Caffè bruciato e tavolo sporco, peccato.",
                                    "Il pacco è arrivato tardi e con la scatola rotta."};
constexpr std::array<Reviews, 5> reviews{{{en_good, en_middling, en_bad},
                                          {ro_good, ro_middling, ro_bad},
                                          {ru_good, ru_middling, ru_bad},
                                          {pt_good, pt_middling, pt_bad},
                                          {it_good, it_middling, it_bad}}};

// What becomes of letters outside ASCII, both cases; Russian as passports abroad roughly have it.
struct Letter {
    std::string_view from;
    std::string_view to;
};
constexpr Letter letters[]{
    {"ă", "a"},  {"â", "a"},  {"î", "i"},   {"ș", "s"},    {"ț", "t"},  {"Ă", "a"},  {"Â", "a"},
    {"Î", "i"},  {"Ș", "s"},  {"Ț", "t"},   {"á", "a"},    {"à", "a"},  {"ã", "a"},  {"ç", "c"},
    {"é", "e"},  {"è", "e"},  {"ê", "e"},   {"ë", "e"},    {"í", "i"},  {"ì", "i"},  {"ó", "o"},
    {"ò", "o"},  {"ô", "o"},  {"õ", "o"},   {"ú", "u"},    {"ù", "u"},  {"Á", "a"},  {"É", "e"},
    {"Í", "i"},  {"Ó", "o"},  {"Ú", "u"},   {"а", "a"},    {"б", "b"},  {"в", "v"},  {"г", "g"},
    {"д", "d"},  {"е", "e"},  {"ё", "e"},   {"ж", "zh"},   {"з", "z"},  {"и", "i"},  {"й", "y"},
    {"к", "k"},  {"л", "l"},  {"м", "m"},   {"н", "n"},    {"о", "o"},  {"п", "p"},  {"р", "r"},
    {"с", "s"},  {"т", "t"},  {"у", "u"},   {"ф", "f"},    {"х", "kh"}, {"ц", "ts"}, {"ч", "ch"},
    {"ш", "sh"}, {"щ", "sch"}, {"ъ", ""},   {"ы", "y"},    {"ь", ""},   {"э", "e"},  {"ю", "yu"},
    {"я", "ya"}, {"А", "a"},  {"Б", "b"},   {"В", "v"},    {"Г", "g"},  {"Д", "d"},  {"Е", "e"},
    {"Ж", "zh"}, {"З", "z"},  {"И", "i"},   {"К", "k"},    {"Л", "l"},  {"М", "m"},  {"Н", "n"},
    {"О", "o"},  {"П", "p"},  {"Р", "r"},   {"С", "s"},    {"Т", "t"},  {"У", "u"},  {"Ф", "f"},
    {"Х", "kh"}, {"Ц", "ts"}, {"Ч", "ch"},  {"Ш", "sh"},   {"Щ", "sch"}, {"Э", "e"}, {"Ю", "yu"},
    {"Я", "ya"}};

std::string fill_digits(Random& random, std::string_view pattern) {
    std::string out;
    for (const char c : pattern)
        out += c == '#' ? static_cast<char>('0' + random.below(10)) : c;
    return out;
}

}  // namespace

PersonName draw_name(Random& random, std::size_t language, Gender gender) {
    const LanguageNames& from = names[language];
    PersonName out;
    out.first = draw_common(random, gender == Gender::female ? from.female : from.male);
    out.last = draw_common(random, from.last);
    if (languages[language] == "ru" && gender == Gender::female)
        out.last = feminine_surname(out.last);
    // Double surnames are usual in Portugal.
    if (languages[language] == "pt" && random.permille(350)) {
        const std::string_view second = draw_common(random, from.last);
        if (second != out.last) out.last += " " + std::string(second);
    }
    return out;
}

std::string feminine_surname(std::string_view russian) {
    const auto without = [&](std::string_view ending) {
        return std::string(russian.substr(0, russian.size() - ending.size()));
    };
    if (russian.ends_with("ий")) return without("ий") + "ая";
    if (russian.ends_with("ой")) return without("ой") + "ая";
    for (const std::string_view ending : {"ов", "ев", "ёв", "ин", "ын"})
        if (russian.ends_with(ending)) return std::string(russian) + "а";
    return std::string(russian);
}

std::string to_ascii(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size();) {
        const char c = name[i];
        if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
        std::size_t used = 1;
        for (const Letter& letter : letters) {
            if (!name.substr(i).starts_with(letter.from)) continue;
            out += letter.to;
            used = letter.from.size();
            break;
        }
        i += used;
    }
    return out;
}

std::string phone_number(std::string_view country, std::int64_t serial) {
    struct Range {
        std::string_view country;
        std::string_view prefix;
    };
    static constexpr Range ranges[]{{"RO", "+40 655 0"},  {"MD", "+373 455 "},
                                    {"LV", "+371 455 "},  {"IT", "+39 655 01"},
                                    {"PT", "+351 455 0"}, {"IE", "+353 20 91"}};
    std::string digits = std::to_string(serial);
    CHECK(digits.size() <= 5);
    digits.insert(0, 5 - digits.size(), '0');
    for (const Range& range : ranges)
        if (range.country == country) return std::string(range.prefix) + digits;
    CHECK(false);
    return {};
}

StreetAddress draw_street(Random& random, std::string_view country) {
    for (const Streets& of : streets) {
        if (of.country != country) continue;
        StreetAddress out;
        const std::string_view name = random.one_of(of.names);
        for (const char c : of.format) {
            if (c == '*')
                out.line_1 += name;
            else if (c == '#')
                out.line_1 += std::to_string(random.between(1, 120));
            else
                out.line_1 += c;
        }
        out.postal_code = fill_digits(random, of.postal);
        return out;
    }
    CHECK(false);
    return {};
}

std::string_view draw_review(Random& random, std::size_t language, std::int64_t stars) {
    const Reviews& of = reviews[language];
    return random.one_of(stars >= 4 ? of.good : stars == 3 ? of.middling : of.bad);
}

}  // namespace perennial::app::demo
