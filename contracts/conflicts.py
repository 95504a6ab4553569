"""What a person may not do now: the state, the content or the person is not right."""

from __future__ import annotations

from contracts.errors import ConsumerError
from contracts.text import text


class DocumentInvalid(ConsumerError):
    """The document breaks its own rules; `detail` names line and field of every problem."""

    type, status = "document-invalid", 422
    title = text("文档内容无效", "The document is not valid")
    todo = text("请按提示的行和字段修改后再提交。", "Correct the lines and fields named, then try again.")


class WrongState(ConsumerError):
    """Its state does not allow this: a draft is not published, what was decided is not decided again."""

    type, status = "wrong-state", 409
    title = text("当前状态不允许此操作", "Its present state does not allow this")
    todo = text("请查看其当前状态后再操作。", "Look at its present state, then decide.")


class OtherDigest(ConsumerError):
    """The text is not the one that was seen: it was edited since (the approval is for a content)."""

    type, status = "other-digest", 409
    title = text("内容已变更，与所见摘要不符", "The text has changed since it was seen")
    todo = text(
        "请重新查看内容，核对后按新的摘要操作。", "Look at the text again, and act on its new digest."
    )


class SecondPerson(ConsumerError):
    """Four eyes: who wrote or submitted something does not also put it in force."""

    type, status = "second-person", 403
    title = text("须由另一人操作", "This takes a second person")
    todo = text(
        "请由另一位有此权限的人员核对后操作。",
        "Have another person who may do this look and act.",
    )
