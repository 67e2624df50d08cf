"""The grocer's promotion calendar: whole weeks, shares of stores, moved as the purchases are."""

import numpy as np

from config.demo.complete_journey import promotions


def test_the_calendar_of_all_stores():
    calendar = promotions(shift_days=3_129)  # 447 weeks
    assert 600_000 < len(calendar) < 700_000
    assert {day.weekday() for day in np.unique(calendar.first_day).astype(object)} == {0}  # Mondays
    assert (calendar.last_day - calendar.first_day == np.timedelta64(6, "D")).all()
    assert calendar.first_day.min() == np.datetime64("2016-12-26") + 3_129
    assert np.maximum(calendar.mailer, calendar.display).min() >= 0.02
    assert max(calendar.mailer.max(), calendar.display.max()) == 1
