"""What the months are called in the languages that pages are most often in, so that dateparser is seldom needed.

Loading forty languages of dateparser takes two seconds; reading this table takes none. Dateparser stays for the rest.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

#: for each language the months in order; a slash parts forms that do not begin alike, as in "1 marca" and "marzec"
_NAMES = {
    "en": "january february march april may june july august september october november december",
    "de": "januar/jänner februar/feber märz/maerz april mai juni juli august september oktober november dezember",
    "fr": "janvier février/fevrier mars avril mai juin juillet août/aout septembre octobre novembre décembre/decembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março/marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart/mrt april mei juni juli augustus september oktober november december",
    "pl": "stycznia/styczeń lutego/luty marca/marzec kwietnia/kwiecień maja czerwca/czerwiec lipca/lipiec"
    " sierpnia/sierpień września/wrzesień października/październik listopada grudnia/grudzień",
    "cs": "ledna/leden února/únor března/březen dubna/duben května/květen června/červen července/červenec srpna/srpen"
    " září října/říjen listopadu prosince/prosinec",
    "sk": "januára/január februára/február marca/marec apríla mája/máj júna/jún júla/júl augusta septembra októbra"
    " novembra decembra",
    "hr": "siječnja/siječanj veljače/veljača ožujka/ožujak travnja/travanj svibnja/svibanj lipnja/lipanj srpnja/srpanj"
    " kolovoza rujna/rujan listopada studenoga/studeni prosinca/prosinac",
    "sl": "januarja februarja marca/marec aprila maja junija julija avgusta septembra oktobra novembra decembra",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
    "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta"
    " marraskuuta joulukuuta",
    "hu": "január február március április május június július augusztus szeptember október november december",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "sr": "јануара фебруара марта/март априла маја/мај јуна/јун јула/јул августа септембра/септембар октобра/октобар"
    " новембра/новембар децембра/децембар",
    "lt": "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio",
    "lv": "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris",
    "eu": "urtarrilaren otsailaren martxoaren apirilaren maiatzaren ekainaren uztailaren abuztuaren irailaren urriaren"
    " azaroaren abenduaren",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "id": "januari februari maret april mei juni juli agustus september oktober november desember",
    "cy": "ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr",
    "ru": "января/январь февраля марта апреля мая/май июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого/лютий березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември",
    "fa": "ژانویه/ژانویهٔ فوریه/فوریهٔ مارس آوریل/اوریل مه/می ژوئن/ژون ژوئیه/ژوییه/جولای اوت/آگوست سپتامبر"
    " اکتبر/اوکتبر نوامبر دسامبر",
    "el": "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου"
    " δεκεμβρίου",
}
#: a month is shortened to so many letters at least
_SHORTEST = 3


def month_in_table(word: str, languages: tuple[str, ...]) -> int | None:
    """The month that a word or its beginning names: in the languages given, then in any of the table."""
    if len(word) < _SHORTEST:
        return None
    for language in dict.fromkeys((*languages, *_NAMES)):
        month = _beginnings(language).get(word)
        if month is not None:
            return month
    return None


def is_in_table(language: str) -> bool:
    """Whether the table knows a language."""
    return language in _NAMES


@cache
def _beginnings(language: str) -> dict[str, int]:
    """Every beginning of every name, with its month; a beginning that two months share is nobody's, a name its own."""
    months: dict[str, set[int]] = defaultdict(set)
    names = {
        name: month
        for month, forms in enumerate(_NAMES.get(language, "").split(), start=1)
        for name in forms.split("/")
    }
    for name, month in names.items():
        for length in range(_SHORTEST, len(name)):
            months[name[:length]].add(month)
    return {beginning: min(found) for beginning, found in months.items() if len(found) == 1} | names
