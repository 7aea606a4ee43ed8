"""Word lists for sentence boundaries: abbreviations with a period, and common sentence starters.

The lists are grouped by the role of the period. Each has English words first, then German, French
and Spanish ones.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Abbreviations before a name or an explanation: the sentence never ends after them.
NEVER_LAST = _set(
    "Mr Mrs Ms Messrs Dr Drs Prof Mt Mts Gen Maj Col Lt Sgt Capt Cmdr Cpl Adm Pvt Brig Amb Atty "
    "Sen Rep Gov Rev Hon Pres Supt Insp Fr Msgr vs cf viz Hr Nr bzw ca evtl ggf vgl sog Mme Mlle "
    "MM Mgr Sra Srta Dra Dña डॉ प्रो"
)

# Abbreviations after a name, a place or a measure: the sentence may end after them.
PERHAPS_LAST = _set(
    "St Ste Ft Pt Jr Sr Inc Corp Co Cos Ltd Bros Dept Univ Assn Ave Blvd Rd Hwy Esq etc al approx "
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky Mass Md Mich Minn Miss Mo Mont Neb Nev "
    "Okla Ore Pa Penn Tenn Tex Va Vt Wash Wis Wyo Mio Mrd usw Str Std Jh Ud Uds"
)

# Abbreviated months and weekdays; some are also names of people.
DATES = _set(
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun "
    "Okt Dez"
)

# Abbreviations before a number.
NUMBERED = _set(
    "No Nos Nr Vol Vols Fig Figs Sec Art Ch Chap Eq Eqs Ref Refs App Pl Op Tel Fax Ext Rm Apt Abs "
    "Abb Bd Kap Tab Núm no nos nr vol vols fig figs sec art ch chap eq eqs p pp pág núm"
)

# Names that end with ! or ?, and words that follow such a name.
NAMES_WITH_MARKS = _set("Yahoo Yum Jeopardy Wham Panic Guess Joomla Chips Oklahoma")
COMPANIES = _set("Inc Corp Co Ltd LLC PLC plc AG GmbH SA Group Brands Holdings")

# Words that rarely follow an abbreviation within a sentence. French and Spanish articles are
# excluded, because they begin surnames (Ursula K. Le Guin).
STARTERS = _set(
    "The This That These Those There Then They He She It We You I A But And Or So If When While "
    "Where What Who Why How In On At From With After Before As For To His Her Its Their Our My "
    "Your No Not Yes Some Many Most All Both Each Now Here Also However Meanwhile Because Since "
    "Although Though According Once Until Nobody Nothing Everyone Is Are Was Were Did Does Has "
    "Der Die Das Ein Eine Er Sie Es Wir Ich Und Aber Dann Im Am Auch Als Wenn Wie Nach Seit Doch "
    "Diese Dieser Dieses Il Elle Ils Elles Nous Vous Mais Puis Cette Ces Ella Ellos Pero Luego "
    "Entonces Esta Este"
)

# Words before the pronoun I; words before a German ordinal, a number with a period.
BEFORE_PRONOUN = _set(
    "do did does am can could will would shall should may might must have had has "
    "so nor neither than as or if not but war part act type phase class volume chapter"
)
BEFORE_ORDINAL = _set(
    "der die das dem den des am im vom zum zur beim bis ab seit ein eine einen einem"
)
MONTHS = _set(
    "Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember "
    "Jahrhundert"
)
BEFORE_DATE = _set("in of since until till last next by from late early mid on to")
