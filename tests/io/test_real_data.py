"""Real exports: counts and sums are those that the data page states."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.io import parse_dates, read_table, read_table_report, read_table_with_report

pytestmark = pytest.mark.data


def test_northwind_orders_are_not_lost_in_silence(data_dir):
    path = data_dir / "northwind" / "orders.csv"
    with pytest.raises(DataContractError, match=r"176 of 830 rows .* 14 fields .* 176 with 15"):
        read_table(path)
    with pytest.warns(DataQualityWarning, match="176 of 830"):
        frame, report = read_table_with_report(path, ragged="skip")
    assert (len(frame), report.refused) == (654, 176)
    with pytest.warns(DataQualityWarning, match="176 of 830"):
        frame, report = read_table_with_report(path, ragged="pad")
    assert (len(frame), report.mended) == (830, 176)
    assert frame["orderDate"].dtype.kind == "M"
    assert frame["shippedDate"].isna().sum() == 21


@pytest.mark.parametrize(("name", "bad", "rows"), [("customers", 24, 91), ("suppliers", 9, 29)])
def test_northwind_addresses(data_dir, name, bad, rows):
    with pytest.raises(DataContractError, match=f"{bad} of {rows} rows"):
        read_table(data_dir / "northwind" / f"{name}.csv")


def test_zoho_money_and_dates(data_dir):
    deals = read_table(data_dir / "zoho_crm" / "Potentials.csv")
    assert len(deals) == 3632
    assert deals["Amount"].dtype == "float64"
    assert deals["Created Time"].dtype.kind == "M"
    campaigns = read_table(data_dir / "zoho_crm" / "Campaigns.csv")
    assert campaigns["Expected Revenue"].eq(1_117_100.0).any()  # $1,117.10K


def test_zoho_doubtful_totals_are_refused_until_the_caller_decides(data_dir):
    path = data_dir / "zoho_crm" / "Invoices.csv"
    with pytest.raises(DataContractError, match="1001 of 1030 values of 'Grand Total'"):
        read_table(path)
    with pytest.warns(DataQualityWarning, match="hours from 1 to 12"):
        frame = read_table(path, decimal=".")
    assert frame["Sub Total"].isna().sum() == 270


def test_zoho_day_month_orders_and_the_lost_afternoon(data_dir):
    path = data_dir / "zoho_crm" / "Sales_Orders.csv"
    with pytest.raises(DataContractError, match="8 of 23 columns"):
        read_table(path)
    wanted = ["SALESORDERID", "Due Date", "Created Time"]
    with pytest.warns(DataQualityWarning, match="'Due Date', 'Created Time' have hours"):
        frame, report = read_table_with_report(path, columns=wanted)
    assert report.date_formats == dict.fromkeys(wanted[1:], "dd-mm-yyyy")
    assert len(frame) == 2061


def test_telco_blanks_are_missing(data_dir):
    frame = read_table(data_dir / "telco_churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv")
    assert frame["TotalCharges"].isna().sum() == 11
    assert frame.loc[frame["TotalCharges"].isna(), "tenure"].eq(0).all()


def test_select_is_missing_if_the_caller_says_so(data_dir):
    path = data_dir / "x_education_leads" / "Leads.csv"
    with pytest.warns(DataQualityWarning, match="1 column without a name left out, 0 with values"):
        report = read_table_report(path, missing_words=["Select"], nameless="skip")
    words = {one.name: one.missing_words for one in report.columns if one.missing_words}
    assert words == {
        "Specialization": 1942,
        "How did you hear about X Education": 5043,
        "Lead Profile": 4146,
        "City": 2249,
    }


def test_online_retail_parquet_keeps_and_counts_the_text_nan(data_dir):
    path = data_dir / "online_retail" / "online_retail_2010_2011.parquet"
    frame, report = read_table_with_report(path)
    counted = {one.name: one.missing_words for one in report.columns if one.missing_words}
    assert counted == {"Description": 1454}
    assert (frame["Description"] == "nan").sum() == 1454
    assert len(frame) == report.rows == 541_909


def test_cdnow_ids_keep_their_zeros(data_dir):
    frame = read_table(data_dir / "cdnow" / "CDNOW_master.txt", delimiter=" ")
    assert frame["customer_id"].nunique() == 23_570
    assert frame["customer_id"].iloc[0] == "00001"
    # The data page gives the total to the cent; sums of 69,659 floats are good to about 1e-9.
    assert frame["dollar_value"].sum() == pytest.approx(2_500_315.63, abs=0.005)
    dates = parse_dates(frame["date"])
    assert dates.min() == pd.Timestamp(1997, 1, 1)
    assert dates.max() == pd.Timestamp(1998, 6, 30)
