#version 330
// cap.vert - a rectangle on a cutting plane, world metres.
// Needs: `CapInputs`.   Gives: v_world_m.   CPU twin: none, it has no function.
uniform mat4 p3d_ModelViewProjectionMatrix, p3d_ModelMatrix;
in vec4 p3d_Vertex;
out vec3 v_world_m;

void main() {
    v_world_m = (p3d_ModelMatrix * p3d_Vertex).xyz;
    gl_Position = p3d_ModelViewProjectionMatrix * p3d_Vertex;
}
