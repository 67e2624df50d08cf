"""Turn the till's capitals and abbreviations into words that a shopper can read."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = {
    "ACC": "accessories", "ACCS": "accessories", "APPL": "apple", "ASST": "assorted", "ASSRT": "assorted",
    "BBQ": "BBQ", "BEV": "beverages", "BKD": "baked", "BKFST": "breakfast",
    "BLNDS": "blends", "BN": "beans", "BNLS": "boneless", "BRKFST": "breakfast", "BTL": "bottle", "BTR": "butter",
    "CANN": "canned", "CARB": "carbonated", "CHKN": "chicken", "CHOC": "chocolate", "CHS": "cheese",
    "CIG": "cigarette", "CLEANG": "cleaning", "CNDY": "candy", "CNTRL": "central", "COFF": "coffee", "CONV": "convenience",
    "CRM": "cream", "CTN": "carton", "DECOR": "decor", "DESS": "desserts", "DNR": "dinner", "DNRS": "dinners",
    "DRNK": "drink", "DRNKS": "drinks", "DRSNG": "dressing", "DSH": "dish", "DVD": "DVD", "EX": "except", "FD": "food",
    "FLVRD": "flavored", "FRE": "fresh", "FRSH": "fresh", "FRT": "fruit", "FRZ": "frozen", "FRZN": "frozen",
    "FRZE": "frozen", "GM": "general merchandise", "GRND": "ground", "HBC": "health & beauty", "HLDY": "holiday",
    "HM": "home", "ICE": "ice", "INCL": "including", "JCE": "juice", "JUIC": "juice", "LG": "large", "LQD": "liquid",
    "LRG": "large", "LUNCH": "lunch", "MARG": "margarine", "MED": "medium", "MILK": "milk", "MISC": "various",
    "MRGRN": "margarine", "MT": "meat", "MX": "mix", "NT": "nut", "NTRL": "natural", "NZ": "NZ", "ORG": "organic",
    "ORGNC": "organic", "PCKGD": "packaged", "PKG": "packaged", "PKGD": "packaged", "PKT": "packet",
    "PNT": "peanut", "PORT": "portion", "POT": "potato", "PREM": "premium", "PREP": "prepared", "PRIV": "private",
    "PROD": "products", "PRODS": "products", "PWDR": "powder", "REF": "refrigerated", "REFRGRATD": "refrigerated",
    "REFRIG": "refrigerated", "RFRG": "refrigerated", "RST": "roast", "SALD": "salad", "SAUS": "sausage",
    "SERV": "service", "SHERBTS": "sherbets", "SHLFSH": "shellfish", "SHMPO": "shampoo", "SHT": "shelf",
    "SKNLS": "skinless", "SM": "small", "SNDWCH": "sandwich", "SNGL": "single", "SPCL": "special",
    "SPECIALITY": "specialty", "SPECILATY": "specialty", "SPLY": "supplies", "SPRD": "spread", "SQZ": "squeeze",
    "STK": "stick", "STR": "store", "SUP": "supplies", "SWT": "sweet", "TROP": "tropical", "UNSWT": "unsweetened",
    "VEG": "vegetable", "VGTBL": "vegetable", "WHLSM": "wholesome", "WHT": "white", "WTR": "water", "YOG": "yogurt",
    "YOGRT": "yogurt", "CHARITABLE": "charitable", "CONT": "contributions", "ELECT": "electrical", "CRYSTL": "crystal",
    "RTS": "ready to serve", "CATFD": "cat food", "DOGFD": "dog food", "PNCH": "punch", "OJ": "OJ", "SYRP": "syrup",
    "LOZNG": "lozenges", "DRP": "drops", "XPCTRNT": "expectorant", "CAR": "carrier", "SUBS": "substitutes",
    "ET": "etc", "BEERALEMALT": "beer, ale & malt", "AND": "and", "OR": "or", "WITH": "with", "TREATMENT": "treatment",
    "MERCH": "merchandise", "EXP": "express", "WHS": "warehouse", "PPR": "paper", "PLSTC": "plastic",
}  # fmt: skip
_TOKEN = re.compile(r"[A-Z][A-Z']*")
_UNITS = {"OZ": "oz", "LB": "lb", "CT": "ct", "ML": "ml", "L": "L", "GAL": "gal", "GA": "gal", "PK": "pack",
          "FT": "ft", "SQ": "sq", "PT": "pt", "QT": "qt", "PACK": "pack", "CTN": "carton"}  # fmt: skip


@lru_cache(maxsize=8192)
def readable(text: str) -> str:
    """ "FRZN MEAT/MEAT DINNERS" → "Frozen Meat / Meat Dinners"; what an unclosed bracket cut off goes."""
    text = " ".join(text.upper().split())
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")].rstrip(" -,")
    text = re.sub(r"(\d) ?PK\b", r"\1-PACK", text)
    text = _TOKEN.sub(lambda word: _word(word[0]), text)
    text = re.sub(r"\s*/\s*", " / ", text)
    text = re.sub(r"\s*:\s*", ": ", text)
    text = re.sub(r"(?<=\w)&|&(?=\w)", " & ", text)
    return " ".join(text.split()).strip(" -/:")


def _word(word: str) -> str:
    plain = _WORDS.get(word)
    if plain is None:
        return word if len(word) == 1 else word.capitalize()
    if plain.isupper() or plain in ("and", "or", "with"):
        return plain
    return " ".join(part.capitalize() for part in plain.split())


_DEPARTMENTS = {"DRUG GM": "Drugstore", "NUTRITION": "Health Foods", "GM MERCH EXP": "General Merchandise"}


def department_name(department: str) -> str:
    return _DEPARTMENTS.get(department) or readable(department)


@lru_cache(maxsize=8192)
def package(size: str) -> str:
    """ "6 PK/4 OZ" → "6 pack/4 oz"; sizes without a number say nothing."""
    if not any(character.isdigit() for character in size):
        return ""
    return re.sub(
        r"[A-Z]+", lambda unit: _UNITS.get(unit[0], unit[0].lower()), " ".join(size.upper().split())
    )


@lru_cache(maxsize=8192)
def product_title(department: str, category: str, kind: str, size: str, private: bool) -> str:
    """The most special name that the data has, the package, and whether it is the store's own brand."""
    special, general = readable(kind), readable(category)
    name = special or general or department_name(department)
    if special and general and len(special.split()) == 1 and special.casefold() not in general.casefold():
        # One word alone ("Lean") needs its category to be understood ("Beef: Lean").
        name = f"{general}: {special}"
    amount = package(size)
    return name + (f", {amount}" if amount else "") + (" (store brand)" if private else "")
