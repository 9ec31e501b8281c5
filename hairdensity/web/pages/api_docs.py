"""What the API offers, as a page of our own: no script of another site draws it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from hairdensity.web.rendering import render
from hairdensity.web.requests import Visitor

__all__ = ["router"]

router = APIRouter()

METHODS = ("get", "post", "put", "patch", "delete")


@router.get("/api/v1/docs")
def show(request: Request, visitor: Visitor) -> Response:
    """List the operations."""
    schema = request.app.openapi()
    return render(request, "api_docs.html", info=schema["info"], groups=_groups(schema))


def _groups(schema: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by their first tag."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                shown = {"path": path, "method": method.upper(), **_described(operation, schema)}
                groups.setdefault(operation.get("tags", ["other"])[0], []).append(shown)
    return groups


def _described(operation: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    contents = operation.get("requestBody", {}).get("content", {})
    success = next((code for code in operation["responses"] if code.startswith("2")), "")
    answer = operation["responses"].get(success, {}).get("content", {})
    return {
        "id": operation["operationId"],
        "words": operation.get("description") or operation.get("summary", ""),
        "parameters": operation.get("parameters", []),
        "body": {kind: _fields(content.get("schema", {}), schema) for kind, content in contents.items()},
        "success": success,
        "answer": {kind: _fields(content.get("schema", {}), schema) for kind, content in answer.items()},
    }


def _fields(part: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, str]]:
    """The fields of an object, each with its kind and its words."""
    whole = _resolved(part, schema)
    required = whole.get("required", [])
    return [
        {
            "name": name,
            "kind": _kind(field),
            "words": field.get("description", ""),
            "needed": "required" if name in required else "",
        }
        for name, field in whole.get("properties", {}).items()
    ]


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = part.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema["components"]["schemas"][name] if name else part
    return found


def _kind(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return str(field.get("format") or field.get("type") or "any")
