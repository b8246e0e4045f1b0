"""Baskets mined by us and by rivals, from the same order lines."""

from __future__ import annotations


def _frame(arrays):
    """A tidy frame of order lines with items as text."""
    import pandas as pd

    item = pd.Series(arrays["names"], dtype="str").take(arrays["item"])
    return pd.DataFrame({"order_id": arrays["order"], "item": item.array})


def _lists(frame):
    """Baskets as lists of text: what everybody but us asks for."""
    return frame.groupby("order_id", sort=False)["item"].agg(list).tolist()


def _ours(itemsets):
    return {"itemsets": len(itemsets.counts), "total": int(itemsets.counts.sum())}


def _pairs(found):
    return {"itemsets": len(found), "total": sum(count for _, count in found)}


def ours_lines(arrays, *, min_count):
    """The frame to itemsets."""
    from crmlytics.basket import baskets, frequent_itemsets

    frame = _frame(arrays)

    def work():
        made = baskets(frame, order_col="order_id", item_col="item")
        return frequent_itemsets(made, min_count=min_count, max_itemsets=5_000_000)

    return {"": (work, _ours)}


def ours_baskets(arrays, *, min_count):
    """Ready baskets to itemsets."""
    from crmlytics.basket import baskets, frequent_itemsets

    made = baskets(_frame(arrays), order_col="order_id", item_col="item")
    return {
        "": (lambda: frequent_itemsets(made, min_count=min_count, max_itemsets=5_000_000), _ours)
    }


def ours_rules(arrays, *, min_count, min_confidence):
    """Ready itemsets to rules with Fisher's p-values and their adjustment."""
    from crmlytics.basket import association_rules, baskets, frequent_itemsets

    made = baskets(_frame(arrays), order_col="order_id", item_col="item")
    itemsets = frequent_itemsets(made, min_count=min_count)

    def work():
        return association_rules(itemsets, min_confidence=min_confidence)

    return {"": (work, lambda rules: {"rules": int(rules["p_value"].notna().sum())})}


def ours_sequences(arrays, *, min_count, max_len):
    """The frame to sequences."""
    import pandas as pd

    from crmlytics.basket import frequent_sequences

    item = pd.Series(arrays["names"], dtype="str").take(arrays["item"])
    frame = pd.DataFrame(
        {"customer_id": arrays["household"], "date": arrays["date"], "item": item.array}
    )

    def work():
        return frequent_sequences(
            frame, customer_col="customer_id", date_col="date", item_col="item",
            min_count=min_count, max_len=max_len,
        )  # fmt: skip

    def describe(found):
        return {"patterns": len(found.counts), "total": int(found.counts.sum())}

    return {"": (work, describe)}


def pyfim_lines(arrays, *, min_count):
    """pyfim: group into lists, then its faster algorithm."""
    frame = _frame(arrays)
    return {
        name: (lambda mine=mine: mine(_lists(frame), min_count), _pairs)
        for name, mine in _pyfim().items()
    }


def pyfim_baskets(arrays, *, min_count):
    """The same with lists of integers ready."""
    import pandas as pd

    frame = pd.DataFrame({"order_id": arrays["order"], "item": arrays["item"]})
    lists = [list(map(int, basket)) for basket in _lists(frame)]
    return {
        name: (lambda mine=mine: mine(lists, min_count), _pairs) for name, mine in _pyfim().items()
    }


def _pyfim():
    import fim

    def miner(algorithm):
        return lambda lists, k: algorithm(lists, target="s", supp=-k, zmin=1, report="a")

    return {"eclat": miner(fim.eclat), "fpgrowth": miner(fim.fpgrowth)}


def mlxtend_lines(arrays, *, min_count):
    """mlxtend: group into lists, one-hot as a sparse frame (dense where it fits), fpgrowth."""
    import pandas as pd
    from mlxtend.frequent_patterns import fpgrowth
    from mlxtend.preprocessing import TransactionEncoder

    frame = _frame(arrays)
    n = len(set(arrays["order"].tolist()))

    def work():
        lists = _lists(frame)
        encoder = TransactionEncoder()
        sparse = encoder.fit(lists).transform(lists, sparse=True)
        onehot = pd.DataFrame.sparse.from_spmatrix(sparse, columns=encoder.columns_)
        # Half a basket less: its threshold is a float, and one met exactly must not be lost.
        return fpgrowth(onehot, min_support=(min_count - 0.5) / n, use_colnames=True)

    def describe(found):
        counts = (found["support"] * n).round()
        return {"itemsets": len(found), "total": int(counts.sum())}

    return {"sparse": (work, describe)}


def spark_lines(arrays, *, min_count):
    """Spark on this machine; starting it and handing the frame over are not counted."""
    from pyspark.ml.fpm import FPGrowth
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import collect_set

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "4g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    n = len(set(arrays["order"].tolist()))
    lines = session.createDataFrame(_frame(arrays)).repartition(4).cache()
    lines.count()

    def work():
        orders = lines.groupBy("order_id").agg(collect_set("item").alias("items"))
        miner = FPGrowth(itemsCol="items", minSupport=(min_count - 0.5) / n)
        return miner.fit(orders).freqItemsets.select("freq").toPandas()

    def describe(found):
        session.stop()
        return {"itemsets": len(found), "total": int(found["freq"].sum())}

    return {"": (work, describe)}
