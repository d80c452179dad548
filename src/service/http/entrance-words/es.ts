import type { EntranceWords } from "../entrance-words.ts"

export const es: EntranceWords = {
  language: "es",
  wait: "Un momento…",
  goOn: "Continuar",
  ownTab: "Abrir rollbook en su propia pestaña",
  remembersNothing: "Este navegador no deja que rollbook guarde nada dentro de esta página.",
  openTab: "Abrir en una pestaña nueva",
  notSignedIn: "No ha iniciado sesión",
  launchRefused: "Este acceso se rechazó:",
  launchAgain: "Abra rollbook otra vez desde el curso.",
  launchReasons: {
    unregistered: "viene de una plataforma de aprendizaje, un cliente o una implementación que no está registrada",
    target: "es para otra dirección que no es esta",
    unsolicited: "nadie lo pidió aquí, ya se usó o tardó demasiado",
    browser: "empezó en otro navegador, o este no guarda cookies aquí",
    malformed: "no es un acceso que se pueda leer",
    signature: "su firma no es de la plataforma de aprendizaje",
    keys: "las claves de la plataforma de aprendizaje no se pueden leer en este momento",
    issuer: "nombra otra plataforma de aprendizaje",
    audience: "es para otra herramienta",
    nonce: "responde a otra petición",
    age: "ha caducado o se hizo hace demasiado tiempo",
    deployment: "viene de otra implementación",
    message: "es otro mensaje que no abre un enlace",
    person: "no nombra a nadie de la plataforma de aprendizaje",
    lookup: "la plataforma de aprendizaje no puede decir las funciones en este momento"
  },
  signInReasons: {
    unreachable: "el inicio de sesión del distrito no responde en este momento",
    unsolicited: "nadie lo pidió aquí, ya se usó, tardó demasiado o empezó en otro navegador",
    refused: "el inicio de sesión del distrito no respondió por nadie",
    nobody: "el inicio de sesión del distrito no dice quién es",
    rights: "ningún grupo de esta persona tiene un derecho aquí"
  },
  linkRefused: "Este enlace no existe, ya se usó o ha caducado. «rollbook serve --admin» da uno nuevo.",
  signInByLink: "Inicie sesión con un enlace: «rollbook serve --admin» da uno. Los docentes vienen de su curso.",
  tooMany: "Demasiados intentos: espere un minuto.",
  takesNoNotes:
    "El espacio de trabajo no puede anotar nada en este momento, así que nadie inicia sesión. Inténtelo de nuevo."
}
