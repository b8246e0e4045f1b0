"""What is measured: one file per package, each giving its cases."""

from __future__ import annotations

from tasks import clv, customers, retention

TASKS = (customers.cases, retention.cases, clv.cases)
