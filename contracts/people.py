"""What a person at the door is told when it stays shut: signing in, forms, passwords, invitations."""

from __future__ import annotations

from contracts.errors import ConsumerError
from contracts.text import text


class SignInFirst(ConsumerError):
    """Nobody sits at this browser, or not any more."""

    type, status = "sign-in-first", 401
    title = text("请先登录", "Sign in first")
    todo = text("请登录后再继续；无操作 30 分钟后会自动退出。", "Sign in; idling for half an hour signs out.")


class FormStale(ConsumerError):
    """The form does not come from a page of ours, or from one of an earlier sitting."""

    type, status = "form-stale", 403
    title = text("页面已过期", "This page is out of date")
    todo = text(
        "请返回上一页刷新后重新提交；如仍出现，请重新登录。",
        "Go back, reload the page and send it again; sign in again if it goes on.",
    )


class SignInRefused(ConsumerError):
    """Account, password or code is not right, or the account is locked: which of them is not said.

    Whoever guesses must not learn which accounts there are (GB/T 22239-2019, 身份鉴别).
    """

    type, status = "sign-in-refused", 401
    title = text("登录未成功", "Not signed in")
    todo = text(
        "请核对账号、密码和验证码（每个验证码只能用一次）。连续输错 6 次，账号锁定 30 分钟；"
        "忘记密码或丢失验证器，请联系安全管理员。",
        "Check the account, the password and the code (each code is good for once). After six failures in a"
        " row an account is locked for 30 minutes; if the password or the authenticator is lost, ask the"
        " security administrator.",
    )


class PasswordUnfit(ConsumerError):
    """The password breaks a rule; `detail` says which."""

    type, status, about = "password-unfit", 422, "password"
    title = text("密码不符合要求", "The password does not meet the rules")
    todo = text("请按提示另设密码。", "Choose another as the rule says.")


class InvitationSpent(ConsumerError):
    """The one-time link was used, has run out, was replaced by a newer one, or never was."""

    type, status = "invitation-spent", 410
    title = text("该开通链接已失效", "This enrolment link is no longer good")
    todo = text("请向安全管理员索取新的链接。", "Ask the security administrator for another link.")


class CodeWrong(ConsumerError):
    """The code does not come from the authenticator that is being enrolled, or not now."""

    type, status, about = "code-wrong", 422, "code"
    title = text("验证码不正确", "The code is not right")
    todo = text(
        "请确认手机时间准确，等下一个验证码出现后再输入。",
        "See that the phone's clock is right, wait for the next code, and enter that.",
    )


class SignOnFailed(ConsumerError):
    """The identity provider did not vouch for anybody who has an account here, or could not be asked."""

    type, status = "sign-on-failed", 401
    title = text("统一身份认证未成功", "The identity provider did not sign you in")
    todo = text(
        "请重新登录一次；仍不成功时，请系统管理员检查统一身份认证的地址与密钥，或由安全管理员确认账号已建立。",
        "Try once more; if it goes on, the system administrator checks the provider's address and secret, and"
        " the security administrator whether there is an account of that name.",
    )
